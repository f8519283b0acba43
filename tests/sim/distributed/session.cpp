#include "sim/distributed/session.hpp"

namespace firstcome::sim {

session::session(timeline& time, trace& lines, process& of, store_servers& servers, store_ways& ways,
                 microseconds latency, planted bug)
    : to_redis(time, lines, of, servers.redis, ways.redis, ways.vanishes, latency),
      to_ledger(time, lines, of, servers.ledger, ways.ledger, ways.vanishes, latency),
      gate(
          servers.gates, [&time, &servers] { return first_day + time.now() + servers.redis_ahead; }, bug),
      ledger(servers.ledgers, ways.ledger_node),
      use{std::make_unique<testing::stepped_gate>(gate, to_redis),
          std::make_unique<testing::stepped_ledger>(ledger, to_ledger)} {
  gate.amid_scan = [this, &of] {
    of.sleep(to_redis.way());
    return of.random().chance(0.5);
  };
}

}  // namespace firstcome::sim
