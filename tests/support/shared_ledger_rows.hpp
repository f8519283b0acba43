#pragma once

// The rows that tests of the shared ledger write: one coupon's issues in order, at one instant.

#include <chrono>
#include <cstdint>
#include <string>

#include "ledger/shared_ledger.hpp"

namespace firstcome::testing {

inline constexpr timestamp noon = from_microseconds(1'700'000'000'123'000);
inline constexpr timestamp later = noon + std::chrono::hours(1);
inline constexpr std::int64_t first_user = 1000;

/// User 1000 + k has sequence k, unless a test says otherwise.
inline user_id user_at(sequence_number sequence) {
  return user_id{first_user + sequence};
}

/// Where a worker stands that has written so many entries of the first epoch.
inline ledger::queue_cursor cursor_at(sequence_number sequence) {
  return {1, "run", sequence == 0 ? queue::queue_start : "1-" + std::to_string(sequence), sequence};
}

}  // namespace firstcome::testing
