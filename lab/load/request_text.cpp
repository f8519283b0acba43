#include "lab/load/request_text.hpp"

#include <charconv>
#include <cstring>

namespace firstcome::load {

request_text::request_text(std::string_view host, std::string_view path, std::string_view body)
    : before_user_(body.substr(0, body.find('@'))), names_user_(body.find('@') != body.npos) {
  if (names_user_) after_user_ = body.substr(before_user_.size() + 1);
  head_.append("POST ").append(path).append(" HTTP/1.1\r\nHost: ").append(host);
  head_.append("\r\nContent-Type: application/json\r\nContent-Length: ");
  for (int digits = 0; digits < static_cast<int>(by_digits_.size()); ++digits) by_digits_[digits] = prepare(digits);
}

request_text::prepared request_text::prepare(int digits) const {
  const std::size_t body_length = before_user_.size() + digits + after_user_.size();
  prepared p{.bytes = head_ + std::to_string(body_length) + "\r\n\r\n" + before_user_};
  p.digits_at = p.bytes.size();
  p.bytes.append(digits, '0').append(after_user_);
  return p;
}

std::string_view request_text::for_user(std::int64_t user) {
  if (!names_user_) return by_digits_[0].bytes;
  std::array<char, 20> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), user).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  prepared& p = by_digits_[length];
  std::memcpy(p.bytes.data() + p.digits_at, digits.data(), length);
  return p.bytes;
}

}  // namespace firstcome::load
