#pragma once

// Requests to one path that differ only in the user: everything but the digits is formatted once. Not thread safe.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace firstcome::load {

class request_text {
 public:
  /// `body` is JSON in which `@`, if there is one, stands for the user's id.
  request_text(std::string_view host, std::string_view path, std::string_view body);

  /// The whole request; valid until the next call. `user` is not negative.
  std::string_view for_user(std::int64_t user);

 private:
  struct prepared {
    std::string bytes;
    std::size_t digits_at = 0;
  };
  prepared prepare(int digits) const;

  std::string head_;  // up to the value of Content-Length
  std::string before_user_;
  std::string after_user_;
  bool names_user_;
  std::array<prepared, 20> by_digits_;  // one for each length of an id, since Content-Length depends on it
};

}  // namespace firstcome::load
