#pragma once

// The stores as one fiber of a process uses them: sessions of its own, over the links.

#include "issuing/distributed/stores.hpp"
#include "sim/distributed/planted_gate.hpp"
#include "sim/distributed/store_link.hpp"

namespace firstcome::sim {

/// Lives as long as the history: what comes late still belongs to it.
struct session {
  session(timeline& time, trace& lines, process& of, store_servers& servers, store_ways& ways, microseconds latency,
          planted bug);

  store_link to_redis;
  store_link to_ledger;
  planted_gate gate;
  sim_ledger ledger;
  issuing::stores use;
};

}  // namespace firstcome::sim
