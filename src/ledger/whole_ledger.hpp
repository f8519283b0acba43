#pragma once

// A ledger as a whole, for whoever carries it elsewhere: rows as they stand, with what no answer of the API shows
// (orders, reasons). Nobody writes to it meanwhile. Thread safety: one thread.

#include <functional>
#include <string>
#include <vector>

#include "domain/issue_life.hpp"
#include "domain/operator_action.hpp"

namespace firstcome::ledger {

/// A row of coupon_issues. `id` rises with (coupon, sequence) and names the row where it comes from.
struct carried_issue {
  std::int64_t id = 0;
  stored_issue issue;
  std::string return_reason;  // empty: none was given
};

struct carried_key {
  std::string key, fingerprint;
  coupon_id coupon{};
  timestamp date_created;
};

class whole_ledger {
 public:
  virtual ~whole_ledger() = default;

  /// The same text for the same rows, and another one once anything was issued, used, returned or changed.
  virtual std::string fingerprint() = 0;
  virtual std::int64_t issues() = 0;
  virtual std::int64_t actions() = 0;

  virtual std::vector<coupon> coupons() = 0;
  virtual std::vector<carried_key> keys() = 0;
  /// In ascending id, those after `after`.
  virtual void each_issue(std::int64_t after, const std::function<void(const carried_issue&)>& take) = 0;
  virtual void each_action(std::int64_t after, const std::function<void(const operator_action&)>& take) = 0;
};

}  // namespace firstcome::ledger
