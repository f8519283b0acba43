#pragma once

// What somebody may be to a node, and sets of it. The names stand in tokens files: never rename one.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace firstcome::identity {

enum class role : std::uint8_t {
  user,       // issues, looks up and returns what is its own
  till,       // uses a coupon, undoes that, looks up one record
  viewer,     // reads everything
  operator_,  // NOLINT(readability-identifier-naming): all of viewer; creates, changes, pauses, raises, returns
  admin,      // everything
};

class role_set {
 public:
  constexpr role_set(std::initializer_list<role> some) {
    for (const role one : some) bits_ = static_cast<std::uint8_t>(bits_ | bit(one));
  }
  constexpr bool has(role one) const { return (bits_ & bit(one)) != 0; }
  constexpr bool operator==(const role_set&) const = default;

 private:
  static constexpr std::uint8_t bit(role one) { return static_cast<std::uint8_t>(1U << static_cast<unsigned>(one)); }

  std::uint8_t bits_ = 0;
};

constexpr std::string_view name_of(role one) {
  switch (one) {
    case role::user:
      return "user";
    case role::till:
      return "till";
    case role::viewer:
      return "viewer";
    case role::operator_:
      return "operator";
    case role::admin:
      return "admin";
  }
  return {};
}

/// A role that a token of ours can have: all but user.
constexpr std::optional<role> operators_role_named(std::string_view name) {
  for (const role one : {role::till, role::viewer, role::operator_, role::admin})
    if (name_of(one) == name) return one;
  return std::nullopt;
}

}  // namespace firstcome::identity
