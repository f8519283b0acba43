#include "cli/node.hpp"

#include <cstdlib>

#include "cli/graceful_shutdown.hpp"
#include "cli/port_file.hpp"
#include "runtime/log.hpp"
#include "runtime/machine.hpp"
#include "runtime/signals.hpp"

namespace firstcome::cli {

namespace log = runtime::log;

namespace {

void leave_behind(const std::string& part) {
  log::info("left what was under way: a part of the node does not come to its end", {{"part", part}});
  std::_Exit(0);
}

}  // namespace

void prepare_process(const std::vector<std::string>& warnings) {
  for (const std::string& warning : warnings) log::warn(warning);
  runtime::ignore_broken_pipes();
  runtime::keep_new_files_private();
}

void run_node(node& of, const run_options& options, const std::function<void()>& started) {
  graceful_shutdown until_asked(of, options.drain_timeout);
  // The port is bound: who reads the file now is answered as soon as the loops run.
  if (!options.port_file.empty()) write_port_file(options.port_file, of.listening_at());
  of.parts().start();
  started();
  until_asked.wait();
  of.parts().stop_by(runtime::deadline::after(options.leaving_max), leave_behind);
}

}  // namespace firstcome::cli
