#include "issuing/distributed/return_line.hpp"

#include <algorithm>

#include "issuing/distributed/store_failure.hpp"

namespace firstcome::issuing {

namespace {

void refuse(const return_line::waiting& one) {
  if (one.how->becomes(beginning::state::too_late)) one.complete(errc::overloaded);
}

}  // namespace

void return_line::push(coupon_id coupon, waiting one) {
  {
    const std::lock_guard locked(lock_);
    const auto [line, is_new] = lines_.try_emplace(coupon);
    if (line->second.size() >= waiting_max) return refuse(one);
    line->second.push_back(std::move(one));
    if (!is_new) return;  // the batch that is under way takes it along next
  }
  post(coupon);
}

void return_line::post(coupon_id coupon) {
  const auto ran = std::make_shared<bool>(false);
  const auto on_thread = [this, coupon, ran](stores& use) {
    *ran = true;
    turn(use, coupon);
  };
  const auto on_failure = [this, coupon, ran](std::exception_ptr why) {
    log_store_failure(why, "returns could not be booked");
    if (!*ran) refuse_all(coupon);
  };
  if (!pool_.run(on_thread, on_failure)) refuse_all(coupon);
}

/// What is thrown goes on to the pool, which throws the stores away: they may be in any state. Everybody is answered
/// and the line goes on all the same.
void return_line::turn(stores& use, coupon_id coupon) {
  const batch now = take(coupon);
  std::exception_ptr broke;
  std::vector<result<issue_record>> answers;
  try {
    std::vector<coordination::return_request> requests;
    for (const waiting& one : now) requests.push_back(one.request);
    if (!requests.empty()) answers = work_(use, coupon, requests);
  } catch (...) {
    broke = std::current_exception();
  }
  for (std::size_t n = 0; n < now.size(); ++n)
    now[n].complete(n < answers.size() ? answers[n] : result<issue_record>(errc::unavailable));
  if (!rests(coupon)) post(coupon);
  if (broke) std::rethrow_exception(broke);
}

return_line::batch return_line::take(coupon_id coupon) {
  const std::lock_guard locked(lock_);
  std::deque<waiting>& line = lines_.at(coupon);
  batch taken;
  taken.reserve(std::min(line.size(), batch_max));
  while (!line.empty() && taken.size() < batch_max) {
    if (line.front().how->becomes(beginning::state::begun)) taken.push_back(std::move(line.front()));
    line.pop_front();
  }
  return taken;
}

bool return_line::rests(coupon_id coupon) {
  const std::lock_guard locked(lock_);
  const auto line = lines_.find(coupon);
  if (!line->second.empty()) return false;
  lines_.erase(line);
  return true;
}

void return_line::refuse_all(coupon_id coupon) {
  std::deque<waiting> refused;
  {
    const std::lock_guard locked(lock_);
    const auto line = lines_.find(coupon);
    refused.swap(line->second);
    lines_.erase(line);
  }
  for (const waiting& one : refused) refuse(one);
}

}  // namespace firstcome::issuing
