// `firstcome serve` on the command line: its settings are described in serve_options.cpp, its wiring is in serve.cpp.

#include "cli/command.hpp"
#include "cli/serve.hpp"

namespace firstcome::cli {
namespace {

constexpr const char* examples = R"(Examples:
  firstcome serve
  firstcome serve --listen :8080 --trust-user-ids --data-dir /var/lib/firstcome
  FIRSTCOME_JWT_SECRET=… firstcome serve --user-auth jwt
  firstcome serve --config firstcome.toml     where the file says   [serve]
                                                                    listen = "[::1]:9000"

SIGTERM and SIGINT: stop accepting, answer what is in flight, leave with 0. A second one leaves at once.
POST /v1/coupons/1/issues {"userId":42} issues; GET /openapi.json describes everything else.)";

}  // namespace

void add_serve(program& p) {
  CLI::App* app = p.root().add_subcommand("serve", "run a node: API, gate and ledger in one process");
  app->footer(examples);
  auto options = std::make_shared<serve_options>();
  runtime::config& settings = p.settings_of(*app, [&](runtime::config& s) { describe(s, *options); });
  p.on(*app, [options, &settings] {
    options->warnings = settings.warnings();
    check(*options);
    runtime::log::start(options->log);
    return run_serve(*options);
  });
}

}  // namespace firstcome::cli
