#pragma once

// What operators change, in ledger and gate. A raise (and everything that takes no place away) is committed in the
// ledger first; a lowering is decided by the gate first. A crash between the two leaves versions that differ, or a
// lowering that is under way, and whoever looks next heals it (recovery.hpp). docs/adr/0004 has the steps.
//
// Errors as in issuing/coupon_service.hpp; errc::unavailable also when the gate cannot be made ready now.

#include "worker/recovery.hpp"

namespace firstcome::worker {

class operator_change {
 public:
  struct options {
    recovery::options recovering;
    /// Between the announcement of a change that may make "sold out" untrue and its effect: at least as long as any
    /// node may hold a cut-off (issuing/cut_off.hpp).
    std::chrono::milliseconds cut_off_lease{1000};
  };

  operator_change(gate::shared_gate& gate, ledger::shared_ledger& ledger, options with);

  /// The row, and its gate, open. When the gate cannot be had now the coupon exists all the same, and its gate is made
  /// by whoever asks first.
  result<coupon> create(const coupon_draft& draft, timestamp now);
  result<coupon> change(coupon_id id, const coupon_change& change, timestamp now);

 private:
  result<coupon> change_once(coupon_id id, const coupon_change& change, timestamp now, bool& gate_refused);
  bool lower_gate(const coupon& before, const coupon& after, result<coupon>& refusal);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  const options with_;
  recovery recovery_;
};

}  // namespace firstcome::worker
