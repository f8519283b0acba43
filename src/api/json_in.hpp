#pragma once

// Reads a request's body: one flat JSON object, whose members are whole numbers, texts, booleans or null. What is not
// that is refused, not guessed at: a second member of the same name, an object or list inside, text behind the end,
// invalid UTF-8. Nothing is built in between, and a body with numbers only is read without an allocation.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/problem.hpp"

namespace firstcome::api {

/// What one member held. `integer` is set for `integer` and `whole`, `boolean` for `boolean`, `text` for `text`.
struct json_member {
  enum class kind : std::uint8_t {
    absent,
    null,
    boolean,
    integer,
    integer_out_of_range,  // a whole number that 64 bits with a sign do not hold
    whole,                 // a whole number written with a point or an exponent: 10000.0, 1e4
    fraction,              // any other number
    text,
  };

  explicit json_member(std::string_view wanted) : name(wanted) {}

  std::string_view name;
  kind holds = kind::absent;
  bool boolean = false;
  std::int64_t integer = 0;
  std::string text;
};

enum class unknown_members : std::uint8_t {
  ignored,
  refused,  // as invalid_coupon: a misspelt member must not become a default
};

/// Fills in the members that were named. A problem names the member and says what it may be.
std::optional<problem> read_flat_object(std::string_view body, std::span<json_member> members, unknown_members unknown);

}  // namespace firstcome::api
