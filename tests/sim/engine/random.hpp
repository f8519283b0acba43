#pragma once

// The only source of chance in the simulation: the same on every machine, whatever the standard library does with its
// distributions. SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).

#include <cstdint>
#include <string_view>

namespace firstcome::sim {

class random_source {
 public:
  explicit random_source(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  /// From low to high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1p-53 < probability; }

  /// Another source, by name: what is drawn from one changes nothing in the others.
  random_source fork(std::string_view name) const {
    std::uint64_t mixed = state_;
    for (const char c : name) mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    random_source named(mixed);
    named.next();
    return named;
  }

 private:
  std::uint64_t state_;
};

}  // namespace firstcome::sim
