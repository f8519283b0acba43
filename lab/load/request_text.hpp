#pragma once

// Requests to one path that differ only in the user: everything but the digits is formatted once. Not thread safe.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace firstcome::load {

class request_text {
 public:
  /// The first `@` of the path and the first of the body, which is JSON, stand for the user's id, where there are any.
  /// `bearer`: a token that each request carries.
  request_text(std::string_view host, std::string_view path, std::string_view body, std::string_view bearer = {});

  /// The whole request; valid until the next call. `user` is not negative.
  std::string_view for_user(std::int64_t user);

 private:
  struct prepared {
    std::string bytes;
    std::vector<std::size_t> digits_at;
  };
  prepared prepare(int digits) const;

  const std::string path_;
  const std::string headers_;  // up to the value of Content-Length
  const std::string body_;
  const bool names_user_;
  std::array<prepared, 20> by_digits_;  // one for each length of an id, since Content-Length depends on it
};

}  // namespace firstcome::load
