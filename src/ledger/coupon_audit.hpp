#pragma once

// Does one coupon's row agree with its issues? As sets, not only as counts: a double and a gap can cancel out in a
// count. Pure: the rows come from wherever the caller read them.

#include <optional>
#include <string>
#include <vector>

#include "domain/ids.hpp"

namespace firstcome::ledger {

/// An issue as it stands in the file, unchecked: a damaged file may hold any number anywhere.
struct audited_issue {
  std::int64_t sequence = 0;
  std::int64_t user = 0;
  std::int64_t date_issued_us = 0;
  std::optional<std::int64_t> date_used_us;
  std::optional<std::int64_t> date_returned_us = {};
};

struct audited_coupon {
  std::int64_t id = 0;
  std::optional<std::int64_t> total_quantity;
  std::int64_t issued_quantity = 0;    // live issues
  std::int64_t returned_quantity = 0;  // returned to the pool
  std::int64_t gone_quantity = 0;      // returned without one
};

struct coupon_findings {
  std::vector<std::string> differences;  // one sentence each, naming coupon, user and sequence
  /// The issues themselves are in order (each user once, sequences 1 to n, n within the total and what was returned to
  /// the pool), so that counting them again is all that a wrong issued_quantity needs.
  bool issues_consistent = true;
  std::int64_t live = 0;  // issues that are not returned: what issued_quantity must be
};

/// Takes the issues in any order.
coupon_findings find_differences(const audited_coupon& coupon, std::vector<audited_issue> issues);

/// Issues whose coupon does not exist.
std::string orphans(std::int64_t coupon, const std::vector<audited_issue>& issues);

}  // namespace firstcome::ledger
