// `firstcome serve` on the command line: what it can be told besides http_options; its wiring is in serve.cpp.

#include "cli/command.hpp"
#include "cli/serve.hpp"
#include "runtime/config_kinds.hpp"
#include "runtime/machine.hpp"

namespace firstcome::cli {
namespace {

constexpr const char* serve_examples = R"(Examples:
  firstcome serve
  firstcome serve --listen :8080 --trust-user-ids --data-dir /var/lib/firstcome
  FIRSTCOME_JWT_SECRET=… firstcome serve --user-auth jwt
  firstcome serve --config firstcome.toml     where the file says   [serve]
                                                                    listen = "[::1]:9000"

SIGTERM and SIGINT: stop accepting, answer what is in flight, leave with 0. A second one leaves at once.
POST /v1/coupons/1/issues {"userId":42} issues; GET /openapi.json describes everything else.)";

void describe_work(runtime::config& settings, serve_options& o) {
  settings.group("Data and work");
  settings.add("data-dir", "the folder of the ledger and the admin token; made if it is not there",
               runtime::path(o.data_dir, "FOLDER"));
  settings.add("threads", "event loops; the default is one less than the CPUs, for the ledger's writer",
               runtime::whole_number(o.threads, 1, 1024));
  settings.add("max-waiting", "requests that may wait for the ledger; more are answered 503",
               runtime::whole_number(o.max_waiting, 1, 10'000'000));
}

void check_data_dir(const serve_options& o) {
  std::error_code error;
  const auto status = std::filesystem::status(o.data_dir, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_directory(status))
    throw runtime::wrong_usage("--data-dir " + o.data_dir.string() +
                               " is not a folder: it may be one, or a path where one can be made");
}

}  // namespace

void describe(runtime::config& settings, serve_options& o) {
  o.threads = std::max(1, runtime::usable_cpus() - 1);
  describe_network(settings, o);
  describe_work(settings, o);
  describe_access(settings, o, "for operators; otherwise made at first start and kept in FOLDER/admin.token");
  describe_log(settings, o.log);
  describe_access_log(settings, o);
}

void check(serve_options& o) {
  check_data_dir(o);
  check_http(o);
}

void add_serve(program& p) {
  const command app = p.add("serve", "run a node: API, gate and ledger in one process");
  app.footer(serve_examples);
  auto options = std::make_shared<serve_options>();
  runtime::config& settings = p.settings_of(app, [&](runtime::config& s) { describe(s, *options); });
  p.on(app, [options, &settings] {
    options->warnings = settings.warnings();
    check(*options);
    runtime::log::start(options->log);
    return run_serve(*options);
  });
}

}  // namespace firstcome::cli
