// `firstcome dead-letters list|replay|discard`: admissions that the ledger would not take, and what becomes of them.

#include <boost/json.hpp>

#include <iostream>

#include "cli/command.hpp"
#include "cli/exit_codes.hpp"
#include "cli/ledger_mark.hpp"
#include "cli/store_options.hpp"
#include "coordination/dead_letters.hpp"
#include "runtime/clock.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

namespace json = boost::json;

constexpr int exit_some_left = 1;
constexpr std::size_t give_up_reason_length_max = 200;

struct dead_letter_options {
  store_options stores;
  std::int64_t coupon = 0;  // 0: all
  std::int64_t letter = 0;  // 0: all
  std::int64_t user = 0;    // 0: as it is known
  std::int64_t place = 0;   // discard: of one that has no letter
  std::string reason;       // discard
  bool json = false;
};

class open_letters {
 public:
  explicit open_letters(const store_options& stores)
      : gate_(make_gate(stores)),
        ledger_(make_ledger(stores)),
        time_(clock_),
        recovery_(*gate_, *ledger_, time_),
        letters_(*ledger_, time_, recovery_) {}

  std::vector<dead_letter> chosen(const dead_letter_options& o) {
    std::vector<dead_letter> found;
    std::optional<coupon_id> coupon;
    if (o.coupon != 0) coupon = coupon_id{o.coupon};
    letters_.each(coupon, [&](const dead_letter& one) {
      if (o.letter == 0 || one.id == o.letter) found.push_back(one);
    });
    return found;
  }

  coordination::give_up_outcome give_up(coupon_id coupon, sequence_number place, const std::string& why) {
    return letters_.give_up(coupon, place, why);
  }

  coordination::replay_outcome replay(const dead_letter& letter, std::optional<user_id> user) {
    return letters_.replay(letter, user, at_command_line());
  }

 private:
  runtime::machine_clock clock_;
  std::unique_ptr<gate::shared_gate> gate_;
  std::unique_ptr<ledger::shared_ledger> ledger_;
  coordination::machine_sleeping_clock time_;
  coordination::recovery recovery_;
  coordination::dead_letters letters_;
};

json::object to_json(const dead_letter& one) {
  json::object found{{"id", one.id}, {"couponId", raw(one.coupon)}, {"sequence", one.sequence}};
  found["userId"] = one.user ? json::value(raw(*one.user)) : json::value(nullptr);
  found["dateAdmitted"] = to_rfc3339(one.admitted_at);
  found["reason"] = one.reason;
  return found;
}

std::string sentence(const dead_letter& one) {
  return std::to_string(one.id) + ": coupon " + std::to_string(raw(one.coupon)) + ", place " +
         std::to_string(one.sequence) + ", user " + (one.user ? std::to_string(raw(*one.user)) : "unknown") + ": " +
         one.reason;
}

int list(const dead_letter_options& o) {
  check_stores(o.stores);
  const std::vector<dead_letter> letters = open_letters(o.stores).chosen(o);
  if (o.json) {
    json::array all;
    for (const dead_letter& one : letters) all.push_back(to_json(one));
    std::cout << json::serialize(json::object{{"items", std::move(all)}}) << "\n";
    return exit_done;
  }
  for (const dead_letter& one : letters) std::cout << sentence(one) << "\n";
  std::cout << letters.size() << " open dead letters\n";
  return exit_done;
}

int replay(const dead_letter_options& o) {
  check_stores(o.stores);
  if (o.user != 0 && o.letter == 0)
    throw runtime::wrong_usage("--user says whose one letter is: name it with --letter");
  refuse_a_strangers_redis(o.stores);
  open_letters letters(o.stores);
  std::optional<user_id> user;
  if (o.user != 0) user = user_id{o.user};
  std::size_t issued = 0, left = 0;
  for (const dead_letter& one : letters.chosen(o)) {
    const coordination::replay_outcome outcome = letters.replay(one, user);
    outcome == coordination::replay_outcome::issued || outcome == coordination::replay_outcome::gone ? ++issued
                                                                                                     : ++left;
    std::cout << sentence(one) << " → " << coordination::to_string(outcome) << "\n";
  }
  if (o.letter != 0 && issued + left == 0)
    throw std::runtime_error("there is no open dead letter " + std::to_string(o.letter));
  std::cout << issued << " replayed, " << left << " left\n";
  return left == 0 ? exit_done : exit_some_left;
}

/// Which place is meant: a letter's, or one that is named and that nobody has.
std::pair<coupon_id, sequence_number> place_of(open_letters& letters, const dead_letter_options& o) {
  if (o.letter == 0) return {coupon_id{o.coupon}, static_cast<sequence_number>(o.place)};
  const std::vector<dead_letter> found = letters.chosen(o);
  if (found.empty()) throw std::runtime_error("there is no open dead letter " + std::to_string(o.letter));
  std::cout << sentence(found.front()) << "\n";
  return {found.front().coupon, found.front().sequence};
}

int discard(const dead_letter_options& o) {
  const bool by_place = o.coupon != 0 && o.place != 0 && o.letter == 0;
  const bool by_letter = o.letter != 0 && o.place == 0;
  if (!by_place && !by_letter)
    throw runtime::wrong_usage("name one letter with --letter, or one place that nobody has with --coupon and --place");
  if (o.place > quantity_max) throw runtime::wrong_usage("--place: at most " + std::to_string(quantity_max));
  const auto length = length_of(o.reason);
  if (!length || *length == 0 || *length > give_up_reason_length_max)
    throw runtime::wrong_usage("--reason: say why, in 1 to " + std::to_string(give_up_reason_length_max) +
                               " characters; it is kept with the place");
  check_stores(o.stores);
  refuse_a_strangers_redis(o.stores);
  open_letters letters(o.stores);
  const auto [coupon, place] = place_of(letters, o);
  const coordination::give_up_outcome outcome = letters.give_up(coupon, place, o.reason);
  std::cout << "coupon " << raw(coupon) << ", place " << place << ": " << coordination::to_string(outcome) << "\n";
  return outcome == coordination::give_up_outcome::given_up ? exit_done : exit_some_left;
}

constexpr const char* dead_letters_examples =
    R"(A dead letter is an admission that the ledger would not take: a row that it refuses for its data, or a queue entry that
cannot be read. It keeps its place, its user hears "accepted", and nobody else gets it. Mend the cause, then replay.
Where it cannot be mended, discard: the place is nobody's for good, and its user may ask again. Raise the coupon's total by
one if somebody else is to have one instead.

Examples:
  firstcome dead-letters list
  firstcome dead-letters replay                       all of them
  firstcome dead-letters replay --letter 7 --user 42  one whose user was unknown
  firstcome dead-letters discard --letter 7 --reason "the account was closed"
  firstcome dead-letters discard --coupon 1 --place 12 --reason "row deleted on request"   a place without row or letter

Exit codes: 0 done, 1 some are left or a store failed, 2 wrong usage.)";

void add_choice(command app, dead_letter_options& o) {
  app.add_option("--coupon", o.coupon, "those of one coupon").positive();
  app.add_option("--letter", o.letter, "one of them, by its id").positive();
}

}  // namespace

void add_dead_letters(program& p) {
  const command app = p.add("dead-letters", "list, replay or discard admissions that the ledger would not take");
  app.needs_subcommand();
  app.footer(dead_letters_examples);
  auto options = std::make_shared<dead_letter_options>();
  const runtime::config& bound =
      p.settings_of(app, [&](runtime::config& settings) { describe_stores(settings, options->stores); });
  p.warn_on_standard_error(bound);

  const command listing = app.subcommand("list", "print the open ones");
  add_choice(listing, *options);
  listing.add_flag("--json", options->json, "print them as JSON");
  p.on(listing, [options] { return list(*options); });

  const command replaying = app.subcommand("replay", "make them issues");
  add_choice(replaying, *options);
  replaying.add_option("--user", options->user, "whose it is, where that is unknown").positive();
  p.on(replaying, [options] { return replay(*options); });

  const command discarding = app.subcommand("discard", "give up a place that can never be written");
  add_choice(discarding, *options);
  discarding.add_option("--place", options->place, "a place of --coupon that has neither row nor letter").positive();
  discarding.add_option("--reason", options->reason, "why; it is kept with the place");
  p.on(discarding, [options] { return discard(*options); });
}

}  // namespace firstcome::cli
