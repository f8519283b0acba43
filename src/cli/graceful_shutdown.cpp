#include "cli/graceful_shutdown.hpp"

#include "runtime/log.hpp"

namespace firstcome::cli {

namespace log = runtime::log;

namespace {
constexpr std::chrono::milliseconds drain_poll_interval{20};
}

graceful_shutdown::graceful_shutdown(node& of, std::chrono::milliseconds drain_max)
    : node_(of),
      drain_max_(drain_max),
      timer_(control_),
      signals_(
          control_.get_executor(), [this](int) { begin(); }, [this] { return node_.read_again(); }) {}

void graceful_shutdown::begin() {
  log::info("shutting down: finishing what is under way");
  give_up_at_ = runtime::deadline::after(drain_max_);
  node_.parts().refuse();
  look();
}

void graceful_shutdown::look() {
  const bool quiet = node_.parts().quiet();
  if (quiet || give_up_at_.passed()) {
    if (!quiet) log::warn("some work did not end in time and is given up", {{"waited_ms", drain_max_.count()}});
    signals_.cancel();
    control_.stop();
    return;
  }
  timer_.expires_after(drain_poll_interval);
  timer_.async_wait([this](boost::system::error_code) { look(); });
}

}  // namespace firstcome::cli
