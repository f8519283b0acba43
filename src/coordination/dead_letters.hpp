#pragma once

// Admissions that the ledger would not take keep their place as dead letters; once the cause is gone they are made
// rows. A place that can never be written is given up: it is nobody's, the gate is built anew around it, and its user
// is as one who never asked (docs/adr/0020). One whose user is not known needs to be told whose it is, and then the
// gate has to learn it too, or that user could get in again: its gate is fenced, the row is made, and the gate is built
// anew with it.
//
// Thread safety: the thread of its ledger and recovery. `store_unavailable` passes through: replay again, one that was
// replayed is `gone`.

#include <functional>

#include "coordination/recovery.hpp"

namespace firstcome::coordination {

enum class replay_outcome : std::uint8_t {
  issued,      // it is a row now
  gone,        // there is no such open dead letter
  refused,     // the ledger still refuses its data, or its user is unknown and was not given
  conflict,    // the user has another place, or is not the one that is known
  over_total,  // the ledger's total does not allow for it
  busy,        // somebody else holds the coupon, or its gate could not be fenced: try later
};

const char* to_string(replay_outcome outcome);

enum class give_up_outcome : std::uint8_t {
  given_up,   // and the gate is built around it
  gate_left,  // given up in the ledger; the gate could not be built anew just now, and whoever finds it will
  gone,       // there is no such place, or it was given up before
  issued,     // somebody has it
  busy,       // somebody else holds the coupon: try later
};

const char* to_string(give_up_outcome outcome);

class dead_letters {
 public:
  dead_letters(ledger::shared_ledger& ledger, sleeping_clock& time, recovery& recovery)
      : ledger_(ledger), time_(time), recovery_(recovery) {}

  /// Open ones, all of them or a coupon's, by id.
  void each(std::optional<coupon_id> coupon, const std::function<void(const dead_letter&)>& each);

  /// `user`: for one whose user is unknown.
  replay_outcome replay(const dead_letter& letter, std::optional<user_id> user = std::nullopt, const actor& by = {});
  /// The place of an open dead letter, or one that nobody has. `why`: for the record.
  give_up_outcome give_up(coupon_id coupon, sequence_number place, const std::string& why);

 private:
  ledger::append_outcome patiently(const std::function<ledger::append_outcome()>& attempt);
  replay_outcome replay_patiently(std::int64_t id, std::optional<user_id> user, const actor& by);

  ledger::shared_ledger& ledger_;
  sleeping_clock& time_;
  recovery& recovery_;
};

}  // namespace firstcome::coordination
