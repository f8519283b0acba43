#pragma once

// One history before it happens: who asks when, what operators do, what goes wrong. Everything follows from a seed, and
// stands here item by item, so that a failing history can be made shorter by leaving items out, and read by a person.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/engine/timeline.hpp"

namespace firstcome::sim {

enum class shape : std::uint8_t { embedded, distributed };

enum class event : std::uint8_t {
  ask,  // user `who` asks node `where`

  // What is done with the issue of user `who`, at node `where`; `amount` is the order, 0: not named.
  use,
  undo_use,
  give_back,
  look_up,

  // Operators, at node `where`.
  set_total,  // to `amount`
  pause,
  resume,
  move_end,  // the window ends `amount` µs from then

  // Any process, `who`.
  kill,    // starts again after `length`
  vanish,  // the same, and nobody is told: its connections stay open until the stores give them up
  stop,    // stands still for `length`
  clock,   // jumps by `amount` µs

  lose_clients,  // for `length`, each message from and to a client is lost, or comes twice, with `chance`

  // Embedded.
  power_cut,   // at the `amount`-th operation of the disk from then on; `where` 1: only the process ends there
  fail_write,  // at the same: it fails
  fail_sync,
  disk_full,  // for `length`: nothing more fits
  disk_slow,  // for `length`: a commit takes up to `amount` µs more

  // Distributed. `where`: 0 is Redis, 1 is the ledger.
  restart_store,  // away for `length`
  stop_store,     // stands still for `length`
  lose_store,     // for `length`, calls of process `who` to it are lost, heard too late, or their replies are, with
                  // `chance`
  slow_store,     // for `length`, those calls take up to `amount` µs more
  redis_clock,    // jumps by `amount` µs
  redis_full,     // for `length` it refuses to write
  flush,
  fail_over,       // to a replica that is `amount` µs behind
  restore_ledger,  // to what it was `amount` µs before
  conflicts,       // for `length`, transactions are taken back at COMMIT with `chance`: another node's was first
  contention,      // for `length`, transactions are deadlocks' victims, or wait for a lock too long, with `chance`
  lose_wakes,      // for `length`, nobody tells the workers
  spoil,           // the `amount`-th entry that waits in the queue cannot be decoded any more
  refuse_user,     // for `length` the ledger takes no row of user `who`
};

struct item {
  event what{};
  instant at{};
  microseconds length{};
  int who = 0;
  int where = 0;
  std::int64_t amount = 0;
  double chance = 0;
  int coupon = 0;  // of the history: whom it concerns
  int number = 0;  // in the whole plan: stays when others are left out

  friend bool operator==(const item&, const item&) = default;
};

/// A coupon beside the first.
struct other_coupon {
  std::optional<std::int32_t> total_quantity;
  bool restocks = false;
  instant window_start{};
  instant window_end{};
};

struct plan {
  std::uint64_t seed = 0;
  sim::shape shape{};
  std::optional<std::int32_t> total_quantity;
  bool two_writers = false;               // the ledger is a cluster, and every other process uses its second node
  std::optional<microseconds> retention;  // so long after the end the gate is retired
  bool restocks = false;                  // what is returned is given to the next who asks
  instant window_start{};
  instant window_end{};
  microseconds latency{};            // of one message, about
  microseconds clients_pause{};      // until they ask again after an answer, at most
  double clients_insist = 0;         // the chance that they do, again and again
  std::vector<item> items;           // by time
  std::vector<other_coupon> others;  // numbered from 1 on; what went before is said of coupon 0
  int number = 0;                    // of the coupon that this is a part for

  /// When the last of them is over.
  instant calm_from() const;
  bool has(event what) const;

  int coupons() const { return 1 + static_cast<int>(others.size()); }
  /// As it concerns this coupon: what goes wrong goes wrong for all.
  plan part(int coupon) const;
};

inline constexpr int api_nodes = 2;
inline constexpr int worker_nodes = 2;  // their `who` follows those of the API nodes

plan plan_of(sim::shape shape, std::uint64_t seed);

/// The same history with these items only, by number.
plan only(const plan& whole, std::span<const int> numbers);

std::string to_string(const item& one);
/// For a person: the coupon, and a line for each item.
std::string to_string(const plan& p);

}  // namespace firstcome::sim
