#pragma once

// What every synchronous strategy does inside its transaction, as the original service did: read the coupon, look
// whether the user has one, check window and quantity, insert the row, and write back the count plus one. Nothing in it
// keeps another transaction from doing the same at the same time: that is the business of what stands around it.

#include "lab/strategies/strategy.hpp"

namespace firstcome::issuing {

/// `how`: whether the coupon's row is locked when it is read.
issue_decision read_check_write(shared_parts& shared, original_tables& tables, coupon_id coupon, user_id user,
                                original_tables::read how = original_tables::read::plain);

/// The checks but for the quantity, in the gate's order; `admitted` when none of them says no. `issued_at`: when the
/// user got one, if so.
issue_decision check_but_quantity(const coupon& c, user_id user, std::optional<timestamp> issued_at, timestamp now);

issue_record record_of(coupon_id coupon, user_id user, issue_status status, timestamp issued_at);

}  // namespace firstcome::issuing
