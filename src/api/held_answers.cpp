#include "api/held_answers.hpp"

#include <algorithm>
#include <mutex>

#include "identity/key_set.hpp"

namespace firstcome::api {
namespace {
constexpr std::chrono::microseconds between_releases{100};  // a crowd's answers leave together: a timer costs more
}

held_answers::loop_queue& held_answers::queue_of(const http::exchange& x) {
  const runtime::completion_queue* const origin_loop = &x.answers();
  {
    const std::shared_lock reading(lock_);
    if (const auto found = queues_.find(origin_loop); found != queues_.end()) return *found->second;
  }
  auto made = std::make_unique<loop_queue>(x.executor());
  const std::unique_lock writing(lock_);
  return *queues_.emplace(origin_loop, std::move(made)).first->second;
}

std::chrono::microseconds held_answers::hold_time(identity::algorithm signed_with) {
  using identity::algorithm;
  const bool is_rsa = signed_with == algorithm::rs256 || signed_with == algorithm::ps256;
  return std::chrono::microseconds(is_rsa || identity::key_set::is_quick(signed_with) ? 250 : 500);
}

void held_answers::hold(routed_exchange to, const route_match& found, clock::time_point due) {
  loop_queue& in = queue_of(to.x);
  auto behind = in.waiting.end();  // who came later, and was not looked at
  while (behind != in.waiting.begin() && std::prev(behind)->due > due) --behind;
  in.waiting.insert(behind, {due, to, found});
  if (!in.armed) arm(in, due);
}

void held_answers::arm(loop_queue& of, clock::time_point at) {
  of.armed = true;
  of.timer.expires_at(at);
  of.timer.async_wait([this, &of](boost::system::error_code) { release(of); });
}

void held_answers::release(loop_queue& of) {
  const clock::time_point now = clock::now();
  while (!of.waiting.empty() && of.waiting.front().due <= now) {
    const held first = of.waiting.front();
    of.waiting.pop_front();
    receiver_.on_held(first.to, first.found);
  }
  of.armed = false;
  if (!of.waiting.empty()) arm(of, std::max(of.waiting.front().due, now + between_releases));
}

}  // namespace firstcome::api
