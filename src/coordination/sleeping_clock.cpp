#include "coordination/sleeping_clock.hpp"

#include <thread>

namespace firstcome::coordination {

machine_sleeping_clock::machine_sleeping_clock(const runtime::clock& clock)
    : clock_(clock), random_(std::random_device{}()) {}

void machine_sleeping_clock::sleep(std::chrono::milliseconds duration) {
  std::this_thread::sleep_for(duration);
}

std::chrono::milliseconds machine_sleeping_clock::jittered(std::chrono::milliseconds duration) {
  std::uniform_int_distribution<std::int64_t> between(duration.count() / 2, duration.count() * 3 / 2);
  return std::chrono::milliseconds(between(random_));
}

}  // namespace firstcome::coordination
