#pragma once

// One attempt to build a coupon's gate anew from the ledger. It owns its epoch, and it ends as soon as anything is not
// as it left it: somebody with a higher epoch, another Redis. The next attempt takes a new epoch and starts over; what
// the last open gate had admitted is found again by all of them, until one has opened.

#include "coordination/recovery.hpp"

namespace firstcome::coordination {

class gate_rebuild {
 public:
  gate_rebuild(gate::shared_gate& gate, ledger::shared_ledger& ledger, sleeping_clock& time,
               const recovery_options& options, const recovery::progress_hook& on_progress, coupon_id coupon)
      : gate_(gate), ledger_(ledger), time_(time), options_(options), on_progress_(on_progress), coupon_(coupon) {}

  /// `quiet_since`: since when the gate has let nobody in, as far as is known.
  recovery_report run(std::unique_ptr<ledger::coupon_lock> lock, std::string why, monotonic quiet_since,
                      const std::function<void()>& before_load);

 private:
  void claim(ledger::coupon_lock& lock);
  // Each step answers false when the attempt has come to its end; `report_` says why.
  bool fence();
  bool read_source();
  bool renumber();
  bool drain();
  bool drain_batch(std::span<const gate::admitted> users);
  bool load();
  bool open();
  void drop_old();

  bool read_ledger(std::vector<gate::admitted>& waiting);
  std::vector<gate::admitted> waiting_in_source(sequence_number last) const;
  bool was_retired() const;
  void name_left_over(const gate::admitted& who);
  bool still_mine();
  std::unique_ptr<ledger::coupon_lock> lock_mine();
  bool ends(recovery_outcome outcome, std::string why);
  void tell(const char* step, std::size_t done = 0) { on_progress_({coupon_, step, done}); }

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  sleeping_clock& time_;
  const recovery_options& options_;
  const recovery::progress_hook& on_progress_;
  const coupon_id coupon_;

  epoch_number before_ = 0;         // the gate's epoch before the fence
  epoch_number ledger_before_ = 0;  // 0: there was no gate yet
  ledger::queue_cursor cursor_;     // where this attempt left it
  monotonic quiet_since_{};         // no lease was granted from then on
  gate::fenced fenced_;
  gate::gate_status status_;            // after the fence
  gate::gate_config config_;            // the ledger's
  std::optional<std::int32_t> total_;   // the ledger's
  std::vector<gate::admitted> source_;  // of the last open epoch, by sequence
  sequence_number loaded_ = 0;
  recovery_report report_;
};

}  // namespace firstcome::coordination
