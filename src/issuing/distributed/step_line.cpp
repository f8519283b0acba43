#include "issuing/distributed/step_line.hpp"

#include <algorithm>

#include "issuing/distributed/store_failure.hpp"

namespace firstcome::issuing {

namespace {

void refuse(const step_line::waiting& one) {
  if (one.how->becomes(beginning::state::too_late)) one.complete(errc::overloaded);
}

}  // namespace

void step_line::push(line_number line, waiting one) {
  {
    const std::lock_guard locked(lock_);
    const auto [found, is_new] = lines_.try_emplace(line);
    if (found->second.size() >= waiting_max) return refuse(one);
    found->second.push_back(std::move(one));
    if (!is_new) return;  // the batch that is under way takes it along next
  }
  post(line);
}

void step_line::post(line_number line) {
  const auto ran = std::make_shared<bool>(false);
  const auto on_thread = [this, line, ran](stores& use) {
    *ran = true;
    run_once(use, line);
  };
  const auto on_failure = [this, line, ran](std::exception_ptr why) {
    log_store_failure(why, "steps could not be booked");
    if (!*ran) refuse_all(line);
  };
  if (!pool_.run(on_thread, on_failure, runtime::deadline::never())) refuse_all(line);  // for whoever is in it then
}

/// What is thrown goes on to the pool, which throws the stores away: they may be in any state. Everybody is answered
/// and the line goes on all the same.
void step_line::run_once(stores& use, line_number line) {
  const batch now = take(line);
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
  if (!park(line)) post(line);
  if (broke) std::rethrow_exception(broke);
}

step_line::batch step_line::take(line_number line) {
  const monotonic now = std::chrono::steady_clock::now();
  const std::lock_guard locked(lock_);
  std::deque<waiting>& all = lines_.at(line);
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

runtime::deadline step_line::latest_of(const batch& these) {
  runtime::deadline latest(monotonic::min());
  for (const waiting& one : these) latest = later(latest, one.until);
  return latest;
}

bool step_line::park(line_number line) {
  const std::lock_guard locked(lock_);
  const auto found = lines_.find(line);
  if (!found->second.empty()) return false;
  lines_.erase(found);
  return true;
}

void step_line::refuse_all(line_number line) {
  std::deque<waiting> refused;
  {
    const std::lock_guard locked(lock_);
    const auto found = lines_.find(line);
    refused.swap(found->second);
    lines_.erase(found);
  }
  for (const waiting& one : refused) refuse(one);
}

}  // namespace firstcome::issuing
