#pragma once

// The keys of the lab in Redis. One hash tag for all of them, so that a script may touch any two; none of them begins
// as the real gate's do.

#include <string>

#include "domain/ids.hpp"

namespace firstcome::issuing::lab_keys {

/// Who has got in: a set or a sorted set.
inline std::string users(coupon_id coupon) {
  return "{fc-lab}:users:" + std::to_string(raw(coupon));
}
/// One list for all coupons, as in the original service: "couponId:userId", the oldest first.
inline const std::string queue = "{fc-lab}:queue";
/// The shared level of the coupon cache.
inline std::string coupon(coupon_id id) {
  return "{fc-lab}:coupon:" + std::to_string(raw(id));
}
/// Before a lock's name, and before the channel in which it is announced to be free.
inline const std::string locks = "{fc-lab}:lock:";
/// The channel in which changed coupons are announced, by id.
inline const std::string changes = "{fc-lab}:changed";

}  // namespace firstcome::issuing::lab_keys
