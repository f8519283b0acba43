#pragma once

// The one thread that writes to the embedded ledger, and the line in front of it. Natural batching: whatever waits when
// the thread becomes free is its next batch; a lone call waits for nobody; there is no timer. An answer leaves only
// after the commit.
//
// Thread safety: `push`, `withdraw` and `run` from any thread. `ledger` and the writing side of `gates` belong to the
// thread from construction to destruction. Order of destruction: this before the answer queues of waiting calls.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "issuing/embedded_batch.hpp"
#include "issuing/waiting_line.hpp"
#include "runtime/clock.hpp"

namespace firstcome::issuing {

class embedded_writer {
 public:
  using command = std::function<void(ledger::writer&, gate::gate_table&)>;

  struct batch_report {
    std::size_t calls = 0;
    std::size_t rows = 0;
    std::chrono::nanoseconds commit_duration{};
  };

  struct hooks {
    /// After each batch, on the writer thread.
    std::function<void(const batch_report&)> on_batch = [](const batch_report&) {};
    /// The ledger broke: called once, on the writer thread, which then ends. Nobody who waits is answered any more, so
    /// this has to end the process.
    std::function<void(const std::string& what)> on_broken;
  };

  embedded_writer(ledger::writer& ledger, gate::gate_table& gates, const runtime::clock& clock, std::size_t waiting_max,
                  hooks on);
  ~embedded_writer();  // finishes what waits, then joins

  /// False: the line is full.
  bool push(issue_call& call);
  bool withdraw(issue_call& call);

  /// Runs the command on the thread, between two batches. False: too many wait already.
  bool run(command work);

  std::size_t waiting() const;
  /// True while a batch is being decided and committed: what memory says may then be about to change.
  bool under_way() const { return under_way_; }
  const runtime::clock& clock() const { return clock_; }

 private:
  struct work {
    call_list calls;
    std::deque<command> commands;
    bool any() const { return !calls.empty() || !commands.empty(); }
  };

  void main();
  work next_work();
  void wake(std::unique_lock<std::mutex>& locked);
  void run_commands(std::deque<command>& commands);
  void run_batch(call_list& calls);
  void deliver(call_list& answered);

  ledger::writer& ledger_;
  gate::gate_table& gates_;
  const runtime::clock& clock_;
  const hooks on_;
  embedded_batch batch_;
  std::vector<std::pair<answer_queue*, call_list>> outgoing_;  // reused

  std::atomic<bool> under_way_{false};

  mutable std::mutex lock_;  // guards everything below
  std::condition_variable wake_up_;
  bool sleeping_ = false;
  bool stopping_ = false;
  waiting_line line_;
  std::deque<command> commands_;

  std::thread thread_;
};

}  // namespace firstcome::issuing
