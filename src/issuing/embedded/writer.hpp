#pragma once

// The embedded ledger's one writer, and the pending queue in front of it, as a machine that somebody runs: each run
// takes what waits, and that is the next batch. A lone call waits for nobody; there is no timer. An answer leaves only
// after the commit. A thread runs it (embedded_writer_thread); the simulation runs it by itself.
//
// Thread safety: `push`, `withdraw` and `run` from any thread; the rest by whoever runs it, to whom `ledger` and the
// writing side of `gates` belong. Order of destruction: this before the completion queues of waiting calls.

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>

#include "issuing/embedded/batch.hpp"
#include "issuing/pending_queue.hpp"
#include "issuing/wait_estimator.hpp"
#include "runtime/clock.hpp"

namespace firstcome::issuing {

class embedded_writer {
 public:
  using command = std::function<void(ledger::writer&, gate::gate_table&)>;

  /// A use, its undoing or a return that waits; `complete` is called by whoever runs it, after the commit.
  struct step_call {
    ledger::step_request request;
    std::function<void(result<issue_record>)> complete;
  };

  struct batch_report {
    std::size_t calls = 0;
    std::size_t rows = 0;
    std::chrono::nanoseconds commit_duration{};
  };
  using batch_hook = std::function<void(const batch_report&)>;

  /// `on_batch` is called after each batch by whoever runs it.
  embedded_writer(ledger::writer& ledger, gate::gate_table& gates, const runtime::clock& clock, std::size_t waiting_max,
                  batch_hook on_batch);
  virtual ~embedded_writer() = default;

  /// False: the queue is full, or too slow for the call's deadline.
  bool push(issue_call& call);
  bool withdraw(issue_call& call);

  /// Runs the command between two batches. False: too many wait already.
  bool run(command work);

  /// Those that wait together are one transaction. False: too many wait already.
  bool take_step(step_call call);

  std::size_t waiting() const;
  /// True while a batch is being decided and committed: what memory says may then be about to change.
  bool under_way() const { return under_way_; }
  const runtime::clock& clock() const { return clock_; }

  /// Commands, steps, then one batch, committed and answered. False: nothing waits. Throws ledger_broken: nobody who
  /// waits is answered any more, and the process has to end.
  bool run_once();
  /// Nothing waits: from now on the next one who comes calls `on_wake`. False: somebody waits.
  bool park();
  /// For when it was quiet for a while.
  void checkpoint_if_due() { ledger_.checkpoint_if_due(true); }

 protected:
  /// Somebody came while it was parked: any thread.
  virtual void on_wake() = 0;

 private:
  struct work {
    call_list calls;
    std::deque<command> commands;
    std::vector<step_call> steps;
    bool any() const { return !calls.empty() || !commands.empty() || !steps.empty(); }
  };

  work next_work();
  void wake(std::unique_lock<std::mutex>& locked);
  /// True: it decided about somebody, which says how fast the queue moves.
  bool run_batch(call_list& calls);
  void run_steps(std::vector<step_call>& steps);
  void note_end_of_run(bool decided);
  void deliver(call_list& answered);

  ledger::writer& ledger_;
  gate::gate_table& gates_;
  const runtime::clock& clock_;
  const batch_hook on_batch_;
  embedded_batch batch_;
  const std::size_t batch_max_;                                                   // calls; fewer only in tests
  std::vector<std::pair<completion_queue*, runtime::completion_list>> outgoing_;  // reused

  std::atomic<bool> under_way_{false};

  mutable std::mutex lock_;  // guards everything below
  bool parked_ = false;
  pending_queue pending_;
  wait_estimator estimator_;
  std::deque<command> commands_;
  std::deque<step_call> steps_;
};

}  // namespace firstcome::issuing
