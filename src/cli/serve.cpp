#include "cli/serve.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "cli/embedded_node.hpp"
#include "cli/port_file.hpp"
#include "runtime/machine.hpp"
#include "runtime/signals.hpp"

namespace firstcome::cli {

namespace {

namespace asio = boost::asio;
namespace log = runtime::log;

constexpr std::chrono::milliseconds drain_poll_interval{20};

/// Waits on the main thread until the node was asked to leave and has drained, or is out of patience.
class leaving {
 public:
  leaving(embedded_node& node, std::chrono::milliseconds patience)
      : node_(node),
        patience_(patience),
        timer_(control_),
        signals_(control_.get_executor(), [this](int) { begin(); }) {}

  void wait() { control_.run(); }

 private:
  void begin() {
    log::info("leaving: answering what is under way");
    give_up_at_ = std::chrono::steady_clock::now() + patience_;
    node_.drain();
    look();
  }

  void look() {
    const bool quiet = node_.quiet();
    if (quiet || std::chrono::steady_clock::now() >= give_up_at_) {
      if (!quiet) log::warn("some connections did not end in time and are closed", {{"waited_ms", patience_.count()}});
      signals_.cancel();
      control_.stop();
      return;
    }
    timer_.expires_after(drain_poll_interval);
    timer_.async_wait([this](boost::system::error_code) { look(); });
  }

  embedded_node& node_;
  const std::chrono::milliseconds patience_;
  asio::io_context control_{1};
  asio::steady_timer timer_;
  runtime::stop_signals signals_;
  std::chrono::steady_clock::time_point give_up_at_;
};

}  // namespace

int run_serve(const serve_options& options) {
  for (const std::string& warning : options.warnings) log::warn(warning);
  runtime::ignore_broken_pipes();
  runtime::keep_new_files_private();
  {
    embedded_node node(options);
    leaving until_asked(node, options.drain_timeout);
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
