#include "cli/serve.hpp"

#include "cli/embedded_node.hpp"
#include "cli/graceful_shutdown.hpp"
#include "cli/port_file.hpp"
#include "runtime/machine.hpp"
#include "runtime/signals.hpp"

namespace firstcome::cli {

namespace log = runtime::log;

int run_serve(const serve_options& options) {
  for (const std::string& warning : options.warnings) log::warn(warning);
  runtime::ignore_broken_pipes();
  runtime::keep_new_files_private();
  {
    embedded_node node(options);
    graceful_shutdown until_asked(node, options.drain_timeout);
    const std::string address = to_string(node.listening_at());
    // The port is bound: who reads the file now is answered as soon as the loops run.
    if (!options.port_file.empty()) write_port_file(options.port_file, node.listening_at());
    node.start();
    log::info("listening", {{"address", address},
                            {"data_dir", options.data_dir.string()},
                            {"threads", options.threads},
                            {"version", FIRSTCOME_VERSION}});
    until_asked.wait();
  }
  log::info("left; everything that was answered is in the ledger");
  return 0;
}

}  // namespace firstcome::cli
