#include "worker/on_this_thread.hpp"

#include <random>
#include <thread>

namespace firstcome::worker {

recovery::options on_this_thread(const runtime::clock& clock) {
  recovery::options with;
  with.now = [&clock] { return clock.now(); };
  with.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
  with.random = [] {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<>()(generator);
  };
  return with;
}

}  // namespace firstcome::worker
