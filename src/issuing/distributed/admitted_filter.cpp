#include "issuing/distributed/admitted_filter.hpp"

namespace firstcome::issuing {

namespace {

constexpr std::size_t bits_per_user = 12;
constexpr std::size_t bits_per_line = 512;
constexpr int bits_set = 6;
constexpr int bits_of_a_position = 9;  // 2^9 = bits_per_line

// The finalizer of MurmurHash3 (Austin Appleby, public domain).
std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

}  // namespace

admitted_filter::admitted_filter(std::size_t users, std::uint64_t seed)
    : seed_(seed), lines_(users * bits_per_user / bits_per_line + 1) {}

admitted_filter::place admitted_filter::place_of(user_id user) const {
  const std::uint64_t first = mix(static_cast<std::uint64_t>(raw(user)) ^ seed_);
  const auto line = static_cast<std::size_t>((static_cast<unsigned __int128>(first) * lines_.size()) >> 64);
  return {line, mix(first + seed_)};
}

void admitted_filter::add(user_id user) {
  auto [line, bits] = place_of(user);
  for (int n = 0; n < bits_set; ++n, bits >>= bits_of_a_position)
    lines_[line].words[bits % bits_per_line / 64] |= std::uint64_t{1} << bits % 64;
}

bool admitted_filter::perhaps_has(user_id user) const {
  auto [line, bits] = place_of(user);
  for (int n = 0; n < bits_set; ++n, bits >>= bits_of_a_position)
    if ((lines_[line].words[bits % bits_per_line / 64] >> bits % 64 & 1) == 0) return false;
  return true;
}

}  // namespace firstcome::issuing
