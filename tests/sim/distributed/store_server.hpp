#pragma once

// Redis or the ledger's server, as its clients meet it: whether it answers, and how.

#include <string>

#include "sim/engine/random.hpp"
#include "sim/engine/timeline.hpp"

namespace firstcome::sim {

struct store_server {
  std::string name;
  bool up = true;
  std::uint64_t life = 1;   // rises with each start: what was on its way to the one before never arrives
  instant stopped_until{};  // what arrives until then is worked on then
  bool refuses = false;     // to write: out of memory
  double conflicts = 0;     // the chance of a transaction to be overtaken at another node
  double contention = 0;    // the chance of a transaction to be a deadlock's victim, or to wait for a lock too long
};

/// What lies between one process and one store.
struct store_way {
  double loss = 0;          // of a call: it never arrives, or arrives late, or its reply does not
  microseconds slowness{};  // at most, besides the usual

  /// How long one message takes there or back.
  microseconds travel(random_source& random, microseconds usual) const {
    const auto more = slowness.count() > 0 ? random.between(0, slowness.count()) : 0;
    return microseconds(random.between(usual.count() / 2, usual.count() * 2) + more);
  }
};

/// A caller waits so long for a reply, then it is unknown.
inline constexpr microseconds store_timeout = 1s;
/// How long a transaction waits for a row that another one holds.
inline constexpr microseconds lock_timeout = 500ms;
/// What nobody waits for any more has happened by then, or never does, unless the server stands still.
inline constexpr microseconds late_at_most = 2s;
/// After so long the ledger's server ends a session that holds a lock and is silent.
inline constexpr microseconds lock_idle_timeout = 3s;

}  // namespace firstcome::sim
