// `firstcome worker` on the command line; its wiring is in worker_node.cpp.

#include "cli/command.hpp"
#include "cli/worker.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

constexpr const char* worker_examples = R"(Examples:
  export FIRSTCOME_REDIS=redis://:password@redis.internal:6379
  export FIRSTCOME_DATABASE='mysql://firstcome:password@db.internal:3306/coupon?tls=verify'
  firstcome worker
  curl http://127.0.0.1:8081/metrics        how far the ledger is behind

A worker keeps nothing itself: run as many as you like, and end any of them at any time. SIGTERM: move what waits, as
long as --drain-timeout-ms allows, and leave with 0.)";

void describe(runtime::config& settings, worker_options& o) {
  settings.group("Network");
  settings.add("listen", "where /healthz, /readyz and /metrics are; port 0 takes a free one", listen_kind(o.listen));
  settings.add("port-file", "once listening, the address and port are written here, as one line ADDRESS:PORT",
               runtime::path(o.port_file, "PATH"));
  describe_stores(settings, o.stores);
  settings.group("Work");
  settings.add("threads", "each moves one coupon's queue at a time, with connections of its own",
               runtime::whole_number(o.threads, 1, 256));
  settings.add("batch-rows", "rows of one transaction, about", runtime::whole_number(o.batch_rows, 1, 50'000));
  settings.add("retention-days", "a coupon's users leave Redis so long after its end, once they are all in the ledger",
               runtime::whole_number(o.retention_days, 0, 3650));
  settings.add("drain-timeout-ms", "after SIGTERM, how long what waits is still moved",
               runtime::milliseconds(o.drain_timeout, 0, 600'000));
  describe_log(settings, o.log);
}

}  // namespace

void add_worker(program& p) {
  const command app = p.add("worker", "run a worker: move what was accepted from Redis into the ledger");
  app.footer(worker_examples);
  auto options = std::make_shared<worker_options>();
  runtime::config& settings = p.settings_of(app, [&](runtime::config& s) { describe(s, *options); });
  p.on(app, [options, &settings] {
    options->warnings = settings.warnings();
    check_stores(options->stores);
    options->listen = usable_here(options->listen);
    runtime::log::start(options->log);
    return run_worker(*options);
  });
}

}  // namespace firstcome::cli
