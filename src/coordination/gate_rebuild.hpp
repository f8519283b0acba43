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
  bool read_ledger();
  bool bump_config_version();
  bool drain();
  bool drain_batch(std::span<const gate::admitted> users);
  bool load();
  bool open();
  void drop_old();

  std::vector<gate::admitted> waiting_in_source(sequence_number last) const;
  bool may_have_lost() const;
  std::vector<user_id> returned_in_source_only() const;
  std::size_t take_back(ledger::coupon_lock& lock, std::span<const user_id> users, timestamp now);
  void make_room_for(const gate::admitted& who, ledger::coupon_lock& lock);
  void free_place_of(const gate::admitted& who, ledger::coupon_lock& lock, const std::optional<std::int32_t>& total);
  sequence_number to_be_taken_back(const ledger::coupon_lock& lock) const;
  void leave_out_who_is_past(const coupon& row);
  void name_left_over(const gate::admitted& who);
  bool still_mine();
  std::unique_ptr<ledger::coupon_lock> lock_mine();
  bool ends(recovery_outcome outcome, std::string why);
  void report_progress(const char* step, std::size_t done = 0) { on_progress_({coupon_, step, done}); }

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  sleeping_clock& time_;
  const recovery_options& options_;
  const recovery::progress_hook& on_progress_;
  const coupon_id coupon_;

  epoch_number before_ = 0;         // the gate's epoch before the fence
  epoch_number ledger_before_ = 0;  // 0: there was no gate yet
  bool nothing_to_lose_ = false;    // all that any gate of the coupon had admitted is in the ledger
  ledger::queue_cursor cursor_;     // where this attempt left it
  monotonic quiet_since_{};         // no lease was granted from then on
  gate::fenced fenced_;
  gate::gate_status status_;             // after the fence
  gate::gate_config config_;             // the ledger's
  std::vector<gate::admitted> source_;   // of the last open epoch, by sequence
  std::vector<gate::admitted> waiting_;  // of them, those who continue what the ledger holds
  sequence_number loaded_ = 0;
  recovery_report report_;
};

}  // namespace firstcome::coordination
