#include "issuing/distributed/batch_users.hpp"

#include <bit>

namespace firstcome::issuing {

namespace {
// Fibonacci hashing (Knuth, The Art of Computer Programming, vol. 3, 6.4): 2^64 divided by the golden ratio.
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15ULL;
}  // namespace

batch_users::batch_users(std::size_t users_max) : slots_(std::bit_ceil(2 * users_max)) {
  users_.reserve(users_max);
}

void batch_users::clear() {
  users_.clear();
  ++batch_;
}

std::uint32_t batch_users::add(user_id user) {
  const int shift = 64 - std::countr_zero(slots_.size());
  std::size_t at = static_cast<std::uint64_t>(raw(user)) * golden >> shift;
  for (; slots_[at].batch == batch_; at = (at + 1) % slots_.size())
    if (users_[slots_[at].index] == user) return slots_[at].index;
  const auto index = static_cast<std::uint32_t>(users_.size());
  slots_[at] = {batch_, index};
  users_.push_back(user);
  return index;
}

}  // namespace firstcome::issuing
