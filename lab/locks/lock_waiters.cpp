#include "lab/locks/lock_waiters.hpp"

namespace firstcome::redis {

lock_waiters::place::place(lock_waiters& of, const std::string& name) : owner_(of) {
  const std::lock_guard locked(owner_.lock_);
  at_ = owner_.queues_.try_emplace(name).first;
  ++at_->second.waiting;
}

lock_waiters::place::~place() {
  const std::lock_guard locked(owner_.lock_);
  waiting_queue& mine = at_->second;
  --mine.waiting;
  if (mine.wake_ups > mine.waiting) mine.wake_ups = mine.waiting;
  if (mine.waiting == 0) owner_.queues_.erase(at_);
}

void lock_waiters::place::wait_until(runtime::deadline end) {
  std::unique_lock locked(owner_.lock_);
  waiting_queue& mine = at_->second;
  if (mine.woken.wait_until(locked, end.at(), [&] { return mine.wake_ups > 0; })) --mine.wake_ups;
}

void lock_waiters::wake_one(std::string_view name) {
  const std::lock_guard locked(lock_);
  const auto found = queues_.find(name);
  if (found == queues_.end()) return;
  waiting_queue& waiting = found->second;
  if (waiting.wake_ups < waiting.waiting) ++waiting.wake_ups;
  waiting.woken.notify_one();
}

void lock_waiters::wake_all() {
  const std::lock_guard locked(lock_);
  for (auto& [name, waiting] : queues_) {
    waiting.wake_ups = waiting.waiting;
    waiting.woken.notify_all();
  }
}

}  // namespace firstcome::redis
