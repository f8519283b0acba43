#include "worker/coupon_round.hpp"

namespace firstcome::worker {

namespace {
constexpr int in_vain_max = 3;
}

schedule::result coupon_round::look_after(coupon_id coupon, const leave_question& leave) {
  try {
    return move(coupon, leave);
  } catch (const std::exception& why) {
    hooks_.on_failure(why.what());
    return schedule::result::failed;
  }
}

schedule::result coupon_round::move(coupon_id coupon, const leave_question& leave) {
  queue_mover mover(coupon, gate_, ledger_, time_, options_.rows_max);  // knows nothing: looks at all of it
  std::size_t batches = 0;
  int in_vain = 0;
  for (;;) {
    const move_report report = mover.step();
    hooks_.on_move(coupon, report);
    switch (report.outcome) {
      case move_outcome::moved:
        if (leave(++batches)) return schedule::result::more;
        in_vain = 0;
        continue;
      case move_outcome::nothing:
        retire_if_over(coupon, report);
        return schedule::result::drained;
      case move_outcome::again:
        if (++in_vain < in_vain_max) continue;
        return schedule::result::drained;  // who is at it finishes it; a message or a scan brings us back
      case move_outcome::overtaken:
        return schedule::result::failed;  // racing that worker would only make both of us slower
      case move_outcome::unfit:
        return care_for(coupon);
      case move_outcome::alarm:
        return schedule::result::failed;
    }
  }
}

/// Some days after its end nobody asks any more: the gate's users are freed, and the ledger answers.
void coupon_round::retire_if_over(coupon_id coupon, const move_report& drained) {
  if (options_.retention == std::chrono::hours(0) || !drained.ends) return;
  if (*drained.ends + options_.retention > time_.now()) return;
  gate_.retire(coupon, drained.epoch, drained.config_version);
}

schedule::result coupon_round::care_for(coupon_id coupon) {
  const coordination::recovery_report report = recovery_.look_after(coupon);
  hooks_.on_recovery(coupon, report);
  switch (report.outcome) {
    case coordination::recovery_outcome::ready:
    case coordination::recovery_outcome::no_coupon:
      return schedule::result::drained;
    case coordination::recovery_outcome::confirmed:
    case coordination::recovery_outcome::rebuilt:
      return schedule::result::more;
    case coordination::recovery_outcome::watching:
      return schedule::result::watched;
    case coordination::recovery_outcome::busy:
    case coordination::recovery_outcome::alarm:
      return schedule::result::failed;
  }
  return schedule::result::failed;
}

}  // namespace firstcome::worker
