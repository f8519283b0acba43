#pragma once

// What is known of a coupon, and of a user in it, without asking anybody.

#include <cstdint>

namespace firstcome {

enum class sold_out_view : std::uint8_t {
  no,             // it may be had, or nobody here knows
  perhaps_in,     // sold out, and this user may be among the admitted
  surely_not_in,  // sold out, for this user too
};

}  // namespace firstcome
