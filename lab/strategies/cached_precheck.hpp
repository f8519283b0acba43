#pragma once

// What the asynchronous strategies do before they ask Redis: look at the cached coupon. Unknown, outside its window and
// known to be gone is answered from it, without Redis.

#include "lab/strategies/shared_coupons.hpp"

namespace firstcome::issuing {

struct cached_look {
  cached_coupon found;
  issue_decision said;  // `admitted`: the gate has to be asked
};

cached_look look_at_cache(shared_parts& shared, per_thread& own, coupon_id coupon);

}  // namespace firstcome::issuing
