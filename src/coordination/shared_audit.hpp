#pragma once

// The auditor of the distributed shape: reads gate, queue and ledger of a coupon and compares them as sets, while API
// nodes and workers go on. They are read in an order in which nobody who is on his way can be missed (gate, then queue,
// then ledger), and a difference counts only when it is seen twice, some time apart.
//
// `repair` mends what can be mended without issuing one coupon too many: the count, rows that the gate can prove, the
// gate itself from the ledger. Everything else is left to a person, named.
//
// Thread safety: the thread of its gate and ledger. `store_unavailable` passes through.

#include "coordination/audit_findings.hpp"
#include "coordination/recovery.hpp"

namespace firstcome::coordination {

struct repair_report {
  audit_findings before;
  audit_findings after;
  std::vector<std::string> done;  // a sentence each
};

class shared_audit {
 public:
  shared_audit(gate::shared_gate& gate, ledger::shared_ledger& ledger, sleeping_clock& time, recovery& recovery)
      : gate_(gate), ledger_(ledger), time_(time), recovery_(recovery) {}

  /// Errors: coupon_not_found; overloaded: gate or ledger changed their epoch again and again while they were read.
  result<audit_findings> audit(coupon_id coupon);
  /// Errors as audit.
  result<repair_report> repair(coupon_id coupon);

 private:
  result<audit_findings> look_once(coupon_id coupon);
  /// Nothing: what was read does not belong together.
  result<std::optional<audited_stores>> read(coupon_id coupon);
  std::vector<queue::queue_entry> read_queue(coupon_id coupon, const ledger::queue_cursor& cursor);
  std::vector<user_id> ask_again(const audited_stores& stores);

  void recount(coupon_id coupon, repair_report& report);
  void add_rows(coupon_id coupon, const std::vector<gate::admitted>& missing, repair_report& report);
  void rebuild_if_possible(coupon_id coupon, repair_report& report);
  void rebuild(coupon_id coupon, repair_report& report);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  sleeping_clock& time_;
  recovery& recovery_;
};

}  // namespace firstcome::coordination
