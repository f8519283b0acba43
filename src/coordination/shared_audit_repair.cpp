// The part of shared_audit that mends.

#include "coordination/shared_audit.hpp"

namespace firstcome::coordination {
namespace {

constexpr std::chrono::milliseconds lock_wait_max{5000};
constexpr int repairs_max = 10;

}  // namespace

result<repair_report> shared_audit::repair(coupon_id coupon) {
  const result<audit_findings> before = audit(coupon);
  if (!before) return before.error();
  repair_report report{*before, *before, {}};
  if (before->agree()) return report;
  if (before->count_wrong) recount(coupon, report);
  if (!before->without_record.empty()) add_rows(coupon, before->without_record, report);
  if (before->gate_wrong) rebuild_if_possible(coupon, report);
  const result<audit_findings> after = audit(coupon);
  if (!after) return after.error();
  report.after = *after;
  return report;
}

void shared_audit::recount(coupon_id coupon, repair_report& report) {
  auto lock = ledger_.lock(coupon, runtime::deadline::after(lock_wait_max, time_.monotonic_now()));
  if (!lock) return;
  const std::int32_t said = (*lock)->row().issued_quantity;
  (*lock)->recount();
  const std::int32_t counted = (*lock)->row().issued_quantity;
  if (said != counted) (*lock)->note(recount_of(coupon, said, counted, at_command_line(), time_.now()));
  (*lock)->commit();
  if (said != counted)
    report.done.push_back("issued_quantity was " + std::to_string(said) + " and is " + std::to_string(counted));
}

/// Places that the ledger has passed and does not hold. (Those past it are drained when the gate is rebuilt.) The
/// ledger itself refuses a user, a place or a number that does not fit.
void shared_audit::add_rows(coupon_id coupon, const std::vector<gate::admitted>& missing, repair_report& report) {
  for (const gate::admitted& who : missing) {
    auto lock = ledger_.lock(coupon, runtime::deadline::after(lock_wait_max, time_.monotonic_now()));
    if (!lock) return;
    if (who.sequence > (*lock)->cursor().last_sequence) continue;
    const ledger::new_issue row{coupon, who.user, who.sequence, who.admitted_at};
    if ((*lock)->append({&row, 1}, {}) != ledger::append_outcome::committed) continue;
    const issue_record made{coupon, who.user, who.sequence, issue_status::issued, who.admitted_at, std::nullopt};
    (*lock)->note(readmission_of(made, at_command_line(), time_.now()));
    (*lock)->commit();
    report.done.push_back("user " + std::to_string(raw(who.user)) + " has sequence " + std::to_string(who.sequence) +
                          " in the ledger again");
  }
}

/// A rebuild closes the gate before it reads the ledger: of rows that do not make a gate it would stay closed. (Rows
/// that were added just now count.)
void shared_audit::rebuild_if_possible(coupon_id coupon, repair_report& report) {
  const result<audit_findings> now = audit(coupon);
  if (now && !now->gate_wrong) return;
  if (now && now->places_dense) return rebuild(coupon, report);
  report.done.push_back(
      "the gate was left as it is: the ledger's places have gaps or doubles, and no gate can be built of them. Put the "
      "rows back, or give a place up that nobody has: firstcome dead-letters discard");
}

void shared_audit::rebuild(coupon_id coupon, repair_report& report) {
  for (int i = 0; i < repairs_max; ++i) {
    const recovery_report done = recovery_.rebuild(coupon);
    if (done.outcome == recovery_outcome::rebuilt) {
      report.done.push_back("the gate was built anew from the ledger, with " + std::to_string(done.drained) +
                            " who had not reached it");
      for (const gate::admitted& who : done.left_over)
        report.done.push_back("user " + std::to_string(raw(who.user)) + " was admitted with sequence " +
                              std::to_string(who.sequence) + ", which contradicts the ledger: not issued");
      return;
    }
    if (done.outcome == recovery_outcome::alarm) {
      report.done.push_back("the gate could not be built anew: " + done.why);
      return;
    }
    time_.sleep(time_.jittered(std::chrono::milliseconds(200)));
  }
}

}  // namespace firstcome::coordination
