#pragma once

// Switches by which a test slows a node down. Test builds, and only they, read them.

#include <cstdint>
#include <cstdlib>

namespace firstcome::runtime {

/// The whole number in the environment variable `name` (FIRSTCOME_TEST_…), or `usual` when there is none.
inline std::int64_t test_switch([[maybe_unused]] const char* name, std::int64_t usual) {
#ifdef FIRSTCOME_TEST_BUILD
  if (const char* text = std::getenv(name)) return std::strtoll(text, nullptr, 10);
#endif
  return usual;
}

}  // namespace firstcome::runtime
