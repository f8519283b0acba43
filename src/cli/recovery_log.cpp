#include "cli/recovery_log.hpp"

#include "runtime/log.hpp"

namespace firstcome::cli {

namespace log = runtime::log;

void log_recovery(coupon_id coupon, const coordination::recovery_report& report) {
  using enum coordination::recovery_outcome;
  switch (report.outcome) {
    case ready:
    case no_coupon:
    case watching:
    case busy:
      return;
    case confirmed:
      return log::info("gate confirmed", {{"coupon", raw(coupon)}, {"reason", report.why}});
    case rebuilt:
      log::info(
          "gate rebuilt",
          {{"coupon", raw(coupon)}, {"epoch", report.epoch}, {"drained", report.drained}, {"reason", report.why}});
      break;
    case alarm:
      return log::error("a gate cannot be built from this ledger: firstcome audit says what is wrong",
                        {{"coupon", raw(coupon)}, {"reason", report.why}});
  }
  for (const gate::admitted& one : report.left_over)
    log::error("an admission of a lost history could not be kept",
               {{"coupon", raw(coupon)}, {"user", raw(one.user)}, {"sequence", one.sequence}});
  if (report.loss_possible)
    log::warn("nothing survived of the gate before: what it had admitted and was not yet in the ledger is lost",
              {{"coupon", raw(coupon)}});
}

}  // namespace firstcome::cli
