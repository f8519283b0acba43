#pragma once

// The thread that runs the embedded writer.
// Thread safety: as the writer. `ledger` and the writing side of `gates` belong to the thread from construction to
// destruction.

#include <condition_variable>
#include <thread>

#include "issuing/embedded/writer.hpp"

namespace firstcome::issuing {

class embedded_writer_thread final : public embedded_writer {
 public:
  struct hooks {
    /// After each batch, on the thread.
    batch_hook on_batch = [](const batch_report&) {};
    /// The ledger broke: called once, on the thread, which then ends. Nobody who waits is answered any more, so this
    /// has to end the process.
    std::function<void(const std::string& what)> on_broken;
  };

  embedded_writer_thread(ledger::writer& ledger, gate::gate_table& gates, const runtime::clock& clock,
                         std::size_t waiting_max, hooks on);
  ~embedded_writer_thread() override;  // finishes what waits, then joins

 private:
  void main();
  void on_wake() override;
  /// False: it is to end.
  bool sleep();

  const hooks hooks_;

  std::mutex sleep_lock_;  // guards what follows
  std::condition_variable wake_up_;
  bool woken_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace firstcome::issuing
