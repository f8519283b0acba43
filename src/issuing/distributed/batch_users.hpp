#pragma once

// The distinct users of one batch, in the order of their first call: who asks twice at once shares one place.
// Reused from batch to batch, so that it allocates nothing in the long run. Thread safety: none.

#include <cstdint>
#include <span>
#include <vector>

#include "domain/ids.hpp"

namespace firstcome::issuing {

class batch_users {
 public:
  /// `users_max`: how many a batch may have.
  explicit batch_users(std::size_t users_max);

  void clear();

  /// The user's place, counted from 0. Fewer than users_max are in, or `user` is.
  std::uint32_t add(user_id user);

  std::span<const user_id> users() const { return users_; }

 private:
  struct slot {
    std::uint64_t batch = 0;  // free unless this is the present batch
    std::uint32_t index = 0;
  };

  std::vector<user_id> users_;
  std::vector<slot> slots_;  // open addressing; a power of two, at most half full
  std::uint64_t batch_ = 1;
};

}  // namespace firstcome::issuing
