#include "worker/pace.hpp"

#include <thread>

namespace firstcome::worker {

machine_pace::machine_pace(const runtime::clock& clock) : clock_(clock), random_(std::random_device{}()) {}

void machine_pace::sleep(std::chrono::milliseconds duration) {
  std::this_thread::sleep_for(duration);
}

std::chrono::milliseconds machine_pace::jittered(std::chrono::milliseconds duration) {
  std::uniform_int_distribution<std::int64_t> between(duration.count() / 2, duration.count() * 3 / 2);
  return std::chrono::milliseconds(between(random_));
}

}  // namespace firstcome::worker
