#include "runtime/signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <utility>

#include "runtime/log.hpp"

namespace firstcome::runtime {
namespace {

bool is_ignored(int signal) {
  struct sigaction now {};
  return sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

}  // namespace

stop_signals::stop_signals(const boost::asio::any_io_executor& executor, std::function<void(int signal)> on_first,
                           std::function<bool()> on_hangup)
    : signals_(executor, SIGTERM, SIGINT), on_first_(std::move(on_first)), on_hangup_(std::move(on_hangup)) {
  if (!is_ignored(SIGHUP)) signals_.add(SIGHUP);
  wait_for_first();
}

void stop_signals::wait_for_first() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (taken_otherwise(signal)) return wait_for_first();
    wait_for_second();
    on_first_(signal);
  });
}

bool stop_signals::taken_otherwise(int signal) const {
  return signal == SIGHUP && on_hangup_ && on_hangup_();
}

void stop_signals::wait_for_second() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (taken_otherwise(signal)) return wait_for_second();
    log::warn("asked a second time to leave: leaving at once");
    _exit(1);
  });
}

void ignore_broken_pipes() {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

}  // namespace firstcome::runtime
