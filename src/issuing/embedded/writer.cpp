#include "issuing/embedded/writer.hpp"

#include <algorithm>

#include "issuing/embedded/commands.hpp"
#include "runtime/test_switch.hpp"

namespace firstcome::issuing {

namespace {
constexpr std::size_t commands_waiting_max = 1024;
constexpr std::size_t commands_per_run_max = 32;  // so that operators cannot starve the crowd
constexpr std::size_t steps_waiting_max = 16'384;
constexpr std::size_t steps_per_run_max = 512;  // some milliseconds
}  // namespace

embedded_writer::embedded_writer(ledger::writer& ledger, gate::gate_table& gates, const runtime::clock& clock,
                                 std::size_t waiting_max, batch_hook on_batch)
    : ledger_(ledger),
      gates_(gates),
      clock_(clock),
      on_batch_(std::move(on_batch)),
      batch_(gates),
      batch_max_(static_cast<std::size_t>(runtime::test_switch("FIRSTCOME_TEST_BATCH_MAX", embedded_batch::calls_max))),
      pending_(waiting_max),
      estimator_(batch_max_) {}

bool embedded_writer::push(issue_call& call) {
  const monotonic now = clock_.coarse_monotonic_now();
  std::unique_lock locked(lock_);
  if (!estimator_.worth_waiting(pending_.size(), now, call.deadline) || !pending_.push(call)) return false;
  wake(locked);
  return true;
}

bool embedded_writer::withdraw(issue_call& call) {
  std::unique_lock locked(lock_);
  return pending_.withdraw(call);
}

bool embedded_writer::run(command work) {
  std::unique_lock locked(lock_);
  if (commands_.size() >= commands_waiting_max) return false;
  commands_.push_back(std::move(work));
  wake(locked);
  return true;
}

bool embedded_writer::take_step(step_call call) {
  std::unique_lock locked(lock_);
  if (steps_.size() >= steps_waiting_max) return false;
  steps_.push_back(std::move(call));
  wake(locked);
  return true;
}

std::size_t embedded_writer::waiting() const {
  std::unique_lock locked(lock_);
  return pending_.size();
}

// Only when it is parked: under load it never is, and waking a thread costs a system call.
void embedded_writer::wake(std::unique_lock<std::mutex>& locked) {
  if (!std::exchange(parked_, false)) return;
  locked.unlock();
  on_wake();
}

bool embedded_writer::park() {
  std::unique_lock locked(lock_);
  parked_ = pending_.empty() && commands_.empty() && steps_.empty();
  return parked_;
}

bool embedded_writer::run_once() {
  work next = next_work();
  if (!next.any()) return false;
  for (command& one : next.commands) one(ledger_, gates_);
  run_steps(next.steps);
  const bool decided = !next.calls.empty() && run_batch(next.calls);
  under_way_ = false;
  ledger_.checkpoint_if_due(false);
  note_end_of_run(decided);
  return true;
}

embedded_writer::work embedded_writer::next_work() {
  std::unique_lock locked(lock_);
  work next;
  under_way_ = !pending_.empty();
  if (under_way_ || !commands_.empty() || !steps_.empty()) estimator_.batch_begins(clock_.monotonic_now());
  pending_.take(batch_max_, next.calls);
  for (std::size_t n = 0; n < commands_per_run_max && !commands_.empty(); ++n) {
    next.commands.push_back(std::move(commands_.front()));
    commands_.pop_front();
  }
  for (; next.steps.size() < steps_per_run_max && !steps_.empty(); steps_.pop_front())
    next.steps.push_back(std::move(steps_.front()));
  return next;
}

void embedded_writer::run_steps(std::vector<step_call>& steps) {
  if (steps.empty()) return;
  std::vector<ledger::step_request> requests;
  requests.reserve(steps.size());
  for (step_call& one : steps) requests.push_back(std::move(one.request));
  const std::vector<result<issue_record>> answers = apply_steps(requests, ledger_, gates_);
  for (std::size_t n = 0; n < steps.size(); ++n) steps[n].complete(answers[n]);
}

bool embedded_writer::run_batch(call_list& calls) {
  batch_report report{.calls = calls.size()};
  const bool decided = batch_.decide(calls, clock_.now(), clock_.monotonic_now()) > 0;
  report.rows = batch_.rows().size();
  if (report.rows == 0) {
    batch_.committed();
  } else {
    const auto begun = std::chrono::steady_clock::now();
    const ledger::commit_outcome outcome = ledger_.commit(batch_.rows());
    report.commit_duration = std::chrono::steady_clock::now() - begun;
    if (outcome == ledger::commit_outcome::committed)
      batch_.committed();
    else
      batch_.rolled_back();
  }
  deliver(batch_.answered());
  on_batch_(report);
  return decided;
}

/// Commands and housekeeping included: whoever comes meanwhile waits for all of it.
void embedded_writer::note_end_of_run(bool decided) {
  const monotonic now = clock_.monotonic_now();
  const std::unique_lock locked(lock_);
  decided ? estimator_.batch_ends(now) : estimator_.batch_comes_back();
}

// One hand-over per event loop, however many calls.
void embedded_writer::deliver(call_list& answered) {
  while (!answered.empty()) {
    issue_call& call = answered.front();
    answered.pop_front();
    auto at =
        std::find_if(outgoing_.begin(), outgoing_.end(), [&](auto& one) { return one.first == &call.origin_loop; });
    if (at == outgoing_.end()) at = outgoing_.emplace(outgoing_.end(), &call.origin_loop, runtime::completion_list{});
    at->second.push_back(call);
  }
  for (auto& [origin_loop, calls] : outgoing_)
    if (!calls.empty()) origin_loop->deliver(std::move(calls));
}

}  // namespace firstcome::issuing
