#include "coordination/dead_letters.hpp"

namespace firstcome::coordination {
namespace {

using ledger::append_outcome;

constexpr int page_size = 500;
constexpr int attempts_max = 20;
constexpr std::chrono::milliseconds between_attempts{100};

replay_outcome outcome_of(append_outcome appended) {
  switch (appended) {
    case append_outcome::committed:
      return replay_outcome::issued;
    case append_outcome::busy:
    case append_outcome::overtaken:
      return replay_outcome::busy;
    case append_outcome::moved:
      return replay_outcome::gone;
    case append_outcome::refused:
      return replay_outcome::refused;
    case append_outcome::over_total:
      return replay_outcome::over_total;
    case append_outcome::conflict:
      return replay_outcome::conflict;
  }
  return replay_outcome::conflict;
}

}  // namespace

const char* to_string(replay_outcome outcome) {
  switch (outcome) {
    case replay_outcome::issued:
      return "issued";
    case replay_outcome::gone:
      return "there is no such open dead letter";
    case replay_outcome::refused:
      return "the ledger still refuses it";
    case replay_outcome::conflict:
      return "its user has another place, or is another one";
    case replay_outcome::over_total:
      return "the coupon's total does not allow for it";
    case replay_outcome::busy:
      return "somebody else is at this coupon";
  }
  return "unknown";
}

const char* to_string(give_up_outcome outcome) {
  switch (outcome) {
    case give_up_outcome::given_up:
      return "given up";
    case give_up_outcome::gate_left:
      return "given up; the gate is not built anew yet: run firstcome audit";
    case give_up_outcome::gone:
      return "there is no such place, or it was given up before";
    case give_up_outcome::issued:
      return "somebody has it";
    case give_up_outcome::busy:
      return "somebody else is at this coupon";
  }
  return "unknown";
}

void dead_letters::each(std::optional<coupon_id> coupon, const std::function<void(const dead_letter&)>& each) {
  std::int64_t after = 0;
  while (true) {
    const std::vector<dead_letter> page = ledger_.dead_letters(coupon, after, page_size);
    for (const dead_letter& letter : page) each(letter);
    if (page.size() < static_cast<std::size_t>(page_size)) return;
    after = page.back().id;
  }
}

replay_outcome dead_letters::replay(const dead_letter& letter, std::optional<user_id> user, const actor& by) {
  if (letter.user) return replay_patiently(letter.id, user, by);
  if (!user || raw(*user) < id_min) return replay_outcome::refused;
  replay_outcome outcome = replay_outcome::busy;  // as long as it was not tried
  recovery_.rebuild(letter.coupon, [&] { outcome = replay_patiently(letter.id, user, by); });
  return outcome;
}

replay_outcome dead_letters::replay_patiently(std::int64_t id, std::optional<user_id> user, const actor& by) {
  return outcome_of(patiently([&] { return ledger_.replay(id, user, by, time_.now()); }));
}

/// A worker holds the coupon for the length of one batch.
append_outcome dead_letters::patiently(const std::function<append_outcome()>& attempt) {
  for (int i = 1;; ++i) {
    const append_outcome outcome = attempt();
    if ((outcome != append_outcome::busy && outcome != append_outcome::overtaken) || i == attempts_max) return outcome;
    time_.sleep(time_.jittered(between_attempts));
  }
}

/// The ledger first: a gate that still has the user there is of one mind with it, and says "accepted" until it is built
/// anew. Nobody can come to that place meanwhile.
give_up_outcome dead_letters::give_up(coupon_id coupon, sequence_number place, const std::string& why) {
  switch (patiently([&] { return ledger_.give_up(coupon, place, why, time_.now()); })) {
    case append_outcome::committed:
      break;
    case append_outcome::conflict:
      return give_up_outcome::issued;
    case append_outcome::busy:
    case append_outcome::overtaken:
      return give_up_outcome::busy;
    case append_outcome::moved:
    case append_outcome::refused:
    case append_outcome::over_total:
      return give_up_outcome::gone;
  }
  for (int i = 0; i < attempts_max; ++i) {
    const recovery_outcome built = recovery_.rebuild(coupon).outcome;
    if (built == recovery_outcome::rebuilt) return give_up_outcome::given_up;
    if (built == recovery_outcome::alarm) break;
    time_.sleep(time_.jittered(between_attempts));
  }
  return give_up_outcome::gate_left;
}

}  // namespace firstcome::coordination
