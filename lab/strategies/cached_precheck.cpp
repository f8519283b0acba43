#include "lab/strategies/cached_precheck.hpp"

namespace firstcome::issuing {

cached_look look_at_cache(shared_parts& shared, per_thread& own, coupon_id id) {
  shared_coupons sources(own);
  const cached_coupon found = shared.cache.get(id, sources);
  if (!found.what) return {found, {.what = verdict::coupon_not_found}};
  switch (found.state(shared.clock.now())) {
    case coupon_state::scheduled:
      return {found, {.what = verdict::not_started, .window_start = found.what->window.start}};
    case coupon_state::ended:
      return {found, {.what = verdict::ended}};
    case coupon_state::sold_out:
      return {found, {.what = verdict::sold_out}};
    case coupon_state::paused:  // the original tables know no pause
    case coupon_state::open:
      break;
  }
  return {found, {.what = verdict::admitted}};
}

}  // namespace firstcome::issuing
