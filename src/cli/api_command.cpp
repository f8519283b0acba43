// `firstcome api` on the command line: what it can be told besides http_options; its wiring is in api_node.cpp.

#include "cli/api.hpp"
#include "cli/command.hpp"
#include "runtime/config_kinds.hpp"
#include "runtime/machine.hpp"

namespace firstcome::cli {
namespace {

constexpr const char* api_examples = R"(Examples:
  export FIRSTCOME_REDIS=redis://:password@redis.internal:6379
  export FIRSTCOME_DATABASE='mysql://firstcome:password@db.internal:3306/coupon?tls=verify'
  export FIRSTCOME_ADMIN_TOKEN=…
  firstcome migrate
  firstcome api --listen :8080 --trust-user-ids
  firstcome worker

An API node accepts (202) as soon as Redis has the admission on its disk; a worker makes it an issue. Both keep nothing
themselves: run as many as you like, and end any of them at any time. docs/operations.md has the rest.)";

void describe_work(runtime::config& settings, api_options& o) {
  settings.group("Work");
  settings.add("threads", "event loops, each with a connection to Redis; the default is the number of CPUs",
               runtime::whole_number(o.threads, 1, 1024));
  settings.add("max-waiting", "requests that may wait for Redis on each event loop; more are answered 503",
               runtime::whole_number(o.max_waiting, 1, 10'000'000));
  settings.add("max-backlog", "admissions of a coupon that may wait for the ledger; more are answered 503",
               runtime::whole_number(o.backlog_max, 1, 1'000'000'000));
  settings.add("store-threads", "threads for what operators do and for look-ups, each with connections of its own",
               runtime::whole_number(o.store_threads, 1, 256));
}

void describe_lab(runtime::config& settings, lab_options& o) {
  settings.group("How it issues (the lab: firstcome lab --help, docs/strategies.md)");
  settings.add("strategy", "async-batch serves; the others are for comparing, need --lab and a database of their own",
               runtime::choice(o.strategy, issuing::strategy_names()));
  settings.add("lab", "yes, a strategy that may issue too many, twice, or lose what it accepted",
               runtime::on_off(o.on));
  settings.add("think-time-ms", "with --lab: what else the application does inside its transaction",
               runtime::milliseconds(o.think_time, 0, 10'000));
  settings.add("lock-lease-ms", "with --lab: how long a lock in Redis lasts unless it is renewed",
               runtime::milliseconds(o.lock_lease, 100, 600'000));
}

void check_lab(const lab_options& o) {
  const bool serves = o.strategy == issuing::strategy_name::async_batch;
  if (!serves && !o.on)
    throw runtime::wrong_usage("--strategy " + issuing::to_string(o.strategy) +
                               " keeps fewer promises than async-batch and must not be mixed with the real gate: it "
                               "needs --lab, and a database that holds nothing else");
  if (serves && o.on) throw runtime::wrong_usage("--lab needs a --strategy of the lab: async-batch serves without it");
}

}  // namespace

void describe(runtime::config& settings, api_options& o) {
  o.threads = runtime::usable_cpus();
  describe_network(settings, o);
  describe_stores(settings, o.stores);
  describe_work(settings, o);
  describe_lab(settings, o.lab);
  describe_access(settings, o, "for operators; needed");
  describe_log(settings, o.log);
  describe_access_log(settings, o);
}

void check(api_options& o) {
  check_lab(o.lab);
  check_stores(o.stores);
  if (o.admin_token.empty())
    throw runtime::wrong_usage(
        "an API node needs an admin token, the same on every node: set FIRSTCOME_ADMIN_TOKEN, or admin-token in the "
        "file of --config (for example: openssl rand -hex 32)");
  check_http(o);
}

void add_api_that_runs(program& p, int (*run)(const api_options&)) {
  const command app = p.add("api", "run an API node of the distributed shape, on Redis and a SQL server");
  app.footer(api_examples);
  auto options = std::make_shared<api_options>();
  runtime::config& settings = p.settings_of(app, [&](runtime::config& s) { describe(s, *options); });
  p.on(app, [options, &settings, run] {
    options->warnings = settings.warnings();
    check(*options);
    runtime::log::start(options->log);
    return run(*options);
  });
}

void add_api(program& p) {
  add_api_that_runs(p, [](const api_options& options) {
    // program.cpp has handed the flag and the environment's word on to firstcome-lab already.
    if (options.lab.on)
      throw runtime::wrong_usage("--lab stands in the file of --config, where it is not read: give it as a flag");
    return run_api(options);
  });
}

}  // namespace firstcome::cli
