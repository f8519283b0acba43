#include "issuing/embedded/writer_thread.hpp"

#include <utility>

#include "runtime/machine.hpp"

namespace firstcome::issuing {

namespace {
constexpr std::chrono::milliseconds idle_after{100};  // quiet for so long: time for a checkpoint
}

embedded_writer_thread::embedded_writer_thread(ledger::writer& ledger, gate::gate_table& gates,
                                               const runtime::clock& clock, std::size_t waiting_max, hooks on)
    : embedded_writer(ledger, gates, clock, waiting_max, on.on_batch),
      hooks_(std::move(on)),
      thread_([this] { main(); }) {}

embedded_writer_thread::~embedded_writer_thread() {
  {
    const std::lock_guard locked(sleep_lock_);
    stopping_ = true;
  }
  wake_up_.notify_one();
  thread_.join();
}

void embedded_writer_thread::main() try {
  runtime::name_this_thread("ledger-writer");
  do {
    while (run_once()) {
    }
  } while (!park() || sleep());
} catch (const std::exception& broken) {  // ledger_broken, or no memory left: either way nothing may be answered now
  hooks_.on_broken(broken.what());
}

void embedded_writer_thread::on_wake() {
  {
    const std::lock_guard locked(sleep_lock_);
    woken_ = true;
  }
  wake_up_.notify_one();
}

bool embedded_writer_thread::sleep() {
  std::unique_lock locked(sleep_lock_);
  const auto called = [this] { return woken_ || stopping_; };
  if (!wake_up_.wait_for(locked, idle_after, called)) {
    locked.unlock();
    checkpoint_if_due();
    locked.lock();
    wake_up_.wait(locked, called);
  }
  return std::exchange(woken_, false) || !stopping_;
}

}  // namespace firstcome::issuing
