#include "load/user_ids.hpp"

namespace firstcome::load {
namespace {

constexpr int half_bits = 12;  // two halves hold 2^24 values, the least even power of two past ten million
constexpr std::uint64_t half_mask = (1u << half_bits) - 1;
static_assert((1u << (2 * half_bits)) >= population);

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every input bit moves every output bit.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// A Feistel network is a permutation whatever its round function is (Luby, Rackoff 1988).
std::uint64_t permute(std::uint64_t seed, std::uint64_t x) {
  std::uint64_t left = x >> half_bits;
  std::uint64_t right = x & half_mask;
  for (std::uint64_t round = 1; round <= 4; ++round) {
    const std::uint64_t next = left ^ (mix(seed * 4 + round + (right << 32)) & half_mask);
    left = right;
    right = next;
  }
  return left << half_bits | right;
}

}  // namespace

std::int64_t random_user(std::uint64_t seed, std::uint64_t i) {
  // Walking on until the value is in range keeps it a permutation of the smaller set (Black, Rogaway 2002).
  std::uint64_t x = i % population;
  do {
    x = permute(seed, x);
  } while (x >= population);
  return static_cast<std::int64_t>(x) + 1;
}

}  // namespace firstcome::load
