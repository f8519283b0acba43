#pragma once

// One coupon given to one user.

#include <optional>

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "domain/verdict.hpp"

namespace firstcome {

/// accepted: durable in the queue · issued: a row in the ledger · used: redeemed · returned: given back, for good.
enum class issue_status : std::uint8_t { accepted, issued, used, returned };

struct issue_record {
  coupon_id coupon{};
  user_id user{};
  sequence_number sequence = 0;
  issue_status status = issue_status::issued;
  timestamp date_issued;
  std::optional<timestamp> date_used;
  std::optional<timestamp> date_returned = {};

  friend bool operator==(const issue_record&, const issue_record&) = default;
};

/// The gate's answer to one user. `record` is there when `is_yes(what)`, else all zero; `window_start` is there when
/// `what` is not_started: the answer tells when to come back.
struct issue_decision {
  verdict what = verdict::coupon_not_found;
  issue_record record;
  timestamp window_start;
};

}  // namespace firstcome
