#pragma once

// The judge: given what the crowd sent and heard and the rows that exist in the end, which promises were broken? It
// knows nothing of how coupons are issued and believes no counter of the server: it works out on its own what must be
// true. Pure, and shared by the burst, the system tests and the simulation. O(n log n) in requests and rows.
//
// The promises carry their numbers from the contract. A history can prove a promise broken; it cannot prove one kept.
// Where what is known allows two readings, the judge takes the one under which nothing is broken: it overlooks rather
// than accuses. Whatever disturbed the coupon meanwhile must therefore be told (assumptions): what nobody told it did
// not happen.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace firstcome::auditor {

using instant_ns = std::int64_t;  // any clock, as long as it is one clock for the whole history
inline constexpr instant_ns never = std::numeric_limits<instant_ns>::max();

enum class outcome : std::uint8_t {
  yes,          // admitted, now or earlier: `sequence` says which place
  sold_out,     // a no that says that the quantity is gone
  not_started,  // …and these that say why
  ended,
  paused,
  returned,    // a no that says that the user had one and gave it back
  refused,     // a no of the kinds that say why, when the caller cannot tell which
  overloaded,  // surely not admitted by this request; the user may ask again
  unknown,     // no answer, or the server said that it does not know
};

/// As a person would say it.
std::string name_of(outcome what);

/// One request, as the client saw it.
struct request {
  std::int64_t user = 0;
  instant_ns invoked_at = 0;   // before its first byte was sent
  instant_ns answered_at = 0;  // after its last byte was received; of an unknown outcome: when the client gave up
  outcome what = outcome::unknown;
  std::int32_t sequence = 0;  // of a yes
};

/// Where an issue is in its life.
enum class issue_state : std::uint8_t { none, live, used, returned };

struct row {
  std::int64_t user = 0;
  std::int32_t sequence = 0;
  issue_state state = issue_state::live;
  std::int32_t order = 0;  // that used it; 0: not named, -1: nobody looked
};

/// What may happen to an issue after the yes, and looking at it.
enum class step_kind : std::uint8_t { use, undo_use, give_back, look };

enum class step_outcome : std::uint8_t {
  done,             // a yes: it is so now, whether by this call or an earlier one; of a look: `seen`
  already_used,     // refusals, each of which says where the issue is
  used_by_another,  //
  returned,         //
  no_issue,         //
  overloaded,       // surely not done
  unknown,
};

/// One call, as its client saw it.
struct life_step {
  std::int64_t user = 0;
  step_kind kind{};
  std::int32_t order = 0;  // of a use and its undoing; 0: not named
  instant_ns invoked_at = 0;
  instant_ns answered_at = 0;  // as in `request`
  step_outcome what = step_outcome::unknown;
  issue_state seen = issue_state::none;  // by a look that was done
};

/// One coupon in the ledger, after everything that was accepted has arrived there.
struct books {
  std::optional<std::int32_t> total_quantity;  // absent: unlimited
  std::int64_t issued_quantity = 0;            // as the coupon itself states it: what is live
  std::vector<row> rows;                       // any order; open dead letters too, as they keep their places, and
                                               // what was returned
  std::int64_t open_dead_letters = 0;          // how many of the rows are such
};

/// What an operator changed took effect at one instant between asking and answer. Without an answer, or with one that
/// does not say, it is `never`: perhaps later, perhaps not at all. A change that was refused is none.
struct quantity_change {
  instant_ns invoked_at = 0;
  instant_ns answered_at = never;
  std::optional<std::int32_t> total;  // the new one; absent: unlimited
};
struct pause_change {
  instant_ns invoked_at = 0;
  instant_ns answered_at = never;
  bool paused = true;
};
struct window_change {  // or a step of the gate's clock
  instant_ns invoked_at = 0;
  instant_ns answered_at = never;
};

/// The gate forgot something that it had accepted (a flush, a fail-over), at one instant of this.
struct loss {
  loss(instant_ns at) : from(at), to(at) {}  // NOLINT(google-explicit-constructor): a list of instants is one of losses
  loss(instant_ns after, instant_ns before) : from(after), to(before) {}
  instant_ns from;
  instant_ns to;
};

/// Somebody may have been cut off meanwhile.
struct disturbance {
  instant_ns from = 0;
  instant_ns to = never;
};

/// When the coupon is issued, by the clock of the history; the gate's may differ by so much.
struct issue_window {
  instant_ns start = 0;
  instant_ns end = 0;
  instant_ns slack_ns = 0;
};

struct assumptions {
  /// How long after it was sent a request with an unknown outcome may still be carried out.
  instant_ns unknown_settles_after_ns = 10'000'000'000;
  /// In any order. Between two losses lies an epoch: promises 2, 6 and 7 are judged within each, 3, 4 and 8 after the
  /// last (what of 8 can be judged, before it too), the others always.
  std::vector<loss> gate_lost_at = {};
  /// Users whose place no loss took: promises 2, 3, 6 and 7 are judged for them as if there had been none.
  std::vector<std::int64_t> survivors = {};
  /// In any order, and the total before the first of them (only then is it looked at; absent: unlimited).
  std::optional<std::int32_t> first_total = std::nullopt;
  std::vector<quantity_change> quantity_changes = {};
  std::vector<pause_change> pauses = {};
  /// Between them the gate is held to one clock: who asks after somebody heard "ended" cannot be let in.
  std::vector<window_change> window_changes = {};
  /// Looked at when there are no window_changes.
  std::optional<issue_window> window = std::nullopt;
  /// What was done with issues, in any order; and whether a place that is returned is given to the next who asks.
  std::vector<life_step> steps = {};
  bool restocks = false;
  /// As unknown_settles_after_ns, of a step: it may wait for locks, for a lease, and for a gate to be rebuilt.
  instant_ns step_settles_after_ns = 60'000'000'000;
  /// The ledger went back, and steps may be undone: what they did is judged between two such instants only.
  std::vector<instant_ns> ledger_restored_at = {};
  /// Every answer must come within this.
  std::optional<instant_ns> answer_within_ns = std::nullopt;
  /// When silence has a cause: connections that were cut, nodes that were killed. A request without an answer for
  /// longer than answer_within_ns, none of them in between, is a broken promise. Absent: nobody knows, and silence is
  /// no answer.
  std::optional<std::vector<disturbance>> silences = std::nullopt;
  /// So long a node may say "sold out" by itself after it asked the gate: after a loss, a pause, a window's change too.
  instant_ns sold_out_lease_ns = 1'000'000'000;
};

struct broken_promise {
  int promise;
  std::string what;  // a sentence that names the users, sequences and times
};

/// Empty when nothing contradicts the promises. At most `examples_max` for each promise, then one that counts the rest.
std::vector<broken_promise> audit(std::span<const request> history, const books& final_books,
                                  const assumptions& given = {}, std::size_t examples_max = 5);

}  // namespace firstcome::auditor
