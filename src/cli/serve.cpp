#include "cli/serve.hpp"

#include "cli/embedded_node.hpp"
#include "runtime/log.hpp"

namespace firstcome::cli {

namespace log = runtime::log;

namespace {

/// Long enough for a big WAL on a slow disk; what is not moved into the ledger's file stays in the WAL.
constexpr std::chrono::milliseconds leaving_max{30'000};

}  // namespace

int run_serve(const serve_options& options) {
  prepare_process(options.warnings);
  {
    embedded_node node(options);
    const run_options how{
        .port_file = options.port_file, .drain_timeout = options.drain_timeout, .leaving_max = leaving_max};
    run_node(node, how, [&] {
      log::info("listening", {{"address", to_string(node.listening_at())},
                              {"data_dir", options.data_dir.string()},
                              {"threads", options.threads},
                              {"version", FIRSTCOME_VERSION}});
    });
  }
  log::info("left; everything that was answered is in the ledger");
  return 0;
}

}  // namespace firstcome::cli
