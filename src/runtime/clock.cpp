#include "runtime/clock.hpp"

#include <cstdlib>
#include <ctime>

namespace firstcome::runtime {

machine_clock::machine_clock() {
#ifdef FIRSTCOME_TEST_BUILD
  if (const char* offset_ms = std::getenv("FIRSTCOME_TEST_CLOCK_OFFSET_MS"))
    offset_ = std::chrono::milliseconds{std::strtoll(offset_ms, nullptr, 10)};
#endif
}

timestamp machine_clock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) + offset_;
}

monotonic machine_clock::monotonic_now() const {
  return std::chrono::steady_clock::now();
}

monotonic machine_clock::coarse_monotonic_now() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return monotonic{std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec}};
}

}  // namespace firstcome::runtime
