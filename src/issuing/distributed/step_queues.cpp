#include "issuing/distributed/step_queues.hpp"

#include <algorithm>

#include "issuing/distributed/store_failure.hpp"

namespace firstcome::issuing {

namespace {

void refuse(const step_queues::waiting& one) {
  if (one.how->becomes(beginning::state::too_late)) one.complete(errc::overloaded);
}

}  // namespace

void step_queues::push(queue_number number, waiting one) {
  {
    const std::lock_guard locked(lock_);
    const auto [found, is_new] = queues_.try_emplace(number);
    if (found->second.size() >= waiting_max) return refuse(one);
    found->second.push_back(std::move(one));
    if (!is_new) return;  // the batch that is under way takes it along next
  }
  post(number);
}

void step_queues::post(queue_number number) {
  const auto ran = std::make_shared<bool>(false);
  const auto on_thread = [this, number, ran](stores& use) {
    *ran = true;
    run_once(use, number);
  };
  const auto on_failure = [this, number, ran](std::exception_ptr why) {
    log_store_failure(why, "steps could not be booked");
    if (!*ran) refuse_all(number);
  };
  if (!pool_.run(on_thread, on_failure, runtime::deadline::never())) refuse_all(number);  // for whoever is in it then
}

/// What is thrown goes on to the pool, which throws the stores away: they may be in any state. Everybody is answered
/// and the queue goes on all the same.
void step_queues::run_once(stores& use, queue_number number) {
  const batch now = take(number);
  std::exception_ptr broke;
  std::vector<result<issue_record>> answers;
  try {
    std::vector<ledger::step_request> requests;
    for (const waiting& one : now) requests.push_back(one.request);
    use.until(latest_of(now));
    if (!requests.empty()) answers = work_(use, requests);
  } catch (...) {
    broke = std::current_exception();
  }
  for (std::size_t n = 0; n < now.size(); ++n)
    now[n].complete(n < answers.size() ? answers[n] : result<issue_record>(errc::unavailable));
  if (!park(number)) post(number);
  if (broke) std::rethrow_exception(broke);
}

step_queues::batch step_queues::take(queue_number number) {
  const monotonic now = std::chrono::steady_clock::now();
  const std::lock_guard locked(lock_);
  std::deque<waiting>& all = queues_.at(number);
  batch taken;
  taken.reserve(std::min(all.size(), batch_max));
  while (!all.empty() && taken.size() < batch_max) {
    waiting& first = all.front();
    if (first.until.passed(now))
      refuse(first);
    else if (first.how->becomes(beginning::state::begun))
      taken.push_back(std::move(first));
    all.pop_front();
  }
  return taken;
}

runtime::deadline step_queues::latest_of(const batch& these) {
  runtime::deadline latest(monotonic::min());
  for (const waiting& one : these) latest = later(latest, one.until);
  return latest;
}

bool step_queues::park(queue_number number) {
  const std::lock_guard locked(lock_);
  const auto found = queues_.find(number);
  if (!found->second.empty()) return false;
  queues_.erase(found);
  return true;
}

void step_queues::refuse_all(queue_number number) {
  std::deque<waiting> refused;
  {
    const std::lock_guard locked(lock_);
    const auto found = queues_.find(number);
    refused.swap(found->second);
    queues_.erase(found);
  }
  for (const waiting& one : refused) refuse(one);
}

}  // namespace firstcome::issuing
