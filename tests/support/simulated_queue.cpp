#include "support/simulated_queue.hpp"

#include <string>
#include <utility>

namespace firstcome::testing {

queue::stream_fields encode(const queue::admissions& what) {
  std::string users;
  for (const user_id user : what.users) {
    if (!users.empty()) users += ',';
    users += std::to_string(raw(user));
  }
  const auto at = std::chrono::floor<std::chrono::milliseconds>(what.admitted_at);
  return {
      {"s", std::to_string(what.first)}, {"t", std::to_string(at.time_since_epoch().count())}, {"u", std::move(users)}};
}

int compare(const queue::queue_position& a, const queue::queue_position& b) {
  const auto numbers = [](const queue::queue_position& at) {
    return std::pair(std::stoull(at), std::stoull(at.substr(at.find('-') + 1)));
  };
  const auto order = numbers(a) <=> numbers(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace firstcome::testing
