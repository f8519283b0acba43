#include "cli/bounded_exit.hpp"

#include <cstdlib>

#include "runtime/log.hpp"

namespace firstcome::cli {

bounded_exit::bounded_exit(std::chrono::milliseconds patience)
    : thread_([this, patience] {
        std::unique_lock locked(lock_);
        if (changed_.wait_for(locked, patience, [this] { return gone_; })) return;
        runtime::log::info("left what was under way: a store does not answer");
        std::_Exit(0);
      }) {}

bounded_exit::~bounded_exit() {
  {
    const std::lock_guard locked(lock_);
    gone_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

}  // namespace firstcome::cli
