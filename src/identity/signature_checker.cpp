#include "identity/signature_checker.hpp"

#include <sys/resource.h>

#include <iterator>
#include <utility>

#include "runtime/machine.hpp"

namespace firstcome::identity {
namespace {

constexpr int lowest_priority = 19;

/// On Linux a priority is a thread's own (sched(7)).
void give_way_to_everybody() {
  setpriority(PRIO_PROCESS, 0, lowest_priority);
}

}  // namespace

signature_checker::signature_checker(limits most, delivery deliver)
    : deliver_(std::move(deliver)),
      deliver_within_(most.deliver_within),
      usual_(most.waiting_max),
      suspects_(most.suspects_max) {
  for (std::size_t n = 0; n < most.threads; ++n)
    threads_.emplace_back([this] {
      runtime::name_this_thread("signatures");
      run(usual_);
    });
  threads_.emplace_back([this] {
    runtime::name_this_thread("suspects");
    give_way_to_everybody();
    run(suspects_);
  });
}

bool signature_checker::has_room(queue_kind in) const {
  const std::lock_guard held(lock_);
  const waiting_queue& there = in == queue_kind::usual ? usual_ : suspects_;
  return !closed_ && there.checks.size() < there.most;
}

bool signature_checker::take(queue_kind in, std::shared_ptr<signature_check> check) {
  waiting_queue& there = in == queue_kind::usual ? usual_ : suspects_;
  {
    const std::lock_guard held(lock_);
    if (closed_ || there.checks.size() >= there.most) return false;
    there.checks.push_back(std::move(check));
  }
  there.changed.notify_one();
  return true;
}

void signature_checker::run(waiting_queue& from) {
  using clock = std::chrono::steady_clock;
  std::vector<finished> undelivered;
  clock::time_point deliver_at{};
  std::unique_lock held(lock_);
  for (;;) {
    if (from.checks.empty() && !undelivered.empty()) {
      held.unlock();
      deliver_(undelivered);
      undelivered.clear();
      held.lock();
    }
    from.changed.wait(held, [&] { return closed_ || !from.checks.empty(); });
    if (closed_) break;
    const std::shared_ptr<signature_check> check = std::move(from.checks.front());
    from.checks.pop_front();
    held.unlock();
    if (undelivered.empty()) deliver_at = clock::now() + deliver_within_;
    undelivered.push_back({check, !check->wanted() ? checked::not_done : check->run() ? checked::good : checked::bad});
    if (clock::now() >= deliver_at) {
      deliver_(undelivered);
      undelivered.clear();
    }
    held.lock();
  }
  held.unlock();
  if (!undelivered.empty()) deliver_(undelivered);
}

void signature_checker::close() {
  std::deque<std::shared_ptr<signature_check>> left;
  {
    const std::lock_guard held(lock_);
    closed_ = true;
    left = std::exchange(usual_.checks, {});
    left.insert(left.end(), std::make_move_iterator(suspects_.checks.begin()),
                std::make_move_iterator(suspects_.checks.end()));
    suspects_.checks.clear();
  }
  usual_.changed.notify_all();
  suspects_.changed.notify_all();
  for (std::thread& one : threads_)
    if (one.joinable()) one.join();
  std::vector<finished> undelivered;
  for (auto& check : left) undelivered.push_back({std::move(check), checked::not_done});
  if (!undelivered.empty()) deliver_(undelivered);
}

}  // namespace firstcome::identity
