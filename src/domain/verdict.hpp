#pragma once

// What the gate says of one user. Refusals are values, not errors. They are checked in the order in which they stand
// here, so that a winner always hears yes: also when the coupon is paused, ended or sold out.

#include <cstdint>

namespace firstcome {

enum class verdict : std::uint8_t {
  coupon_not_found,
  already_issued,
  paused,
  not_started,
  ended,
  sold_out,
  admitted,
  returned,  // known as already_issued is, and checked where that is: who gave it back does not get another one
};

constexpr bool is_yes(verdict v) {
  return v == verdict::admitted || v == verdict::already_issued;
}

}  // namespace firstcome
