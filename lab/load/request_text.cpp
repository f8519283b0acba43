#include "lab/load/request_text.hpp"

#include <charconv>
#include <cstring>

namespace firstcome::load {

namespace {

/// Appends it with so many digits for its first `@`, if it has one, and remembers where they are.
void append(std::string& to, std::string_view text, int digits, std::vector<std::size_t>& digits_at) {
  const std::size_t at = text.find('@');
  to.append(text.substr(0, at));
  if (at == text.npos) return;
  digits_at.push_back(to.size());
  to.append(static_cast<std::size_t>(digits), '0').append(text.substr(at + 1));
}

std::string headers_of(std::string_view host, std::string_view bearer) {
  std::string text = " HTTP/1.1\r\nHost: ";
  text.append(host);
  if (!bearer.empty()) text.append("\r\nAuthorization: Bearer ").append(bearer);
  return text + "\r\nContent-Type: application/json\r\nContent-Length: ";
}

}  // namespace

request_text::request_text(std::string_view host, std::string_view path, std::string_view body, std::string_view bearer)
    : path_(path),
      headers_(headers_of(host, bearer)),
      body_(body),
      names_user_(path.find('@') != path.npos || body.find('@') != body.npos) {
  for (int digits = 0; digits < static_cast<int>(by_digits_.size()); ++digits) by_digits_[digits] = prepare(digits);
}

request_text::prepared request_text::prepare(int digits) const {
  const bool body_names_user = body_.find('@') != body_.npos;
  const std::size_t body_length = body_.size() + (body_names_user ? static_cast<std::size_t>(digits) - 1 : 0);
  prepared p{.bytes = "POST ", .digits_at = {}};
  append(p.bytes, path_, digits, p.digits_at);
  p.bytes += headers_ + std::to_string(body_length) + "\r\n\r\n";
  append(p.bytes, body_, digits, p.digits_at);
  return p;
}

std::string_view request_text::for_user(std::int64_t user) {
  if (!names_user_) return by_digits_[0].bytes;
  std::array<char, 20> digits;
  const char* end = std::to_chars(digits.data(), digits.data() + digits.size(), user).ptr;
  const auto length = static_cast<std::size_t>(end - digits.data());
  prepared& p = by_digits_[length];
  for (const std::size_t at : p.digits_at) std::memcpy(p.bytes.data() + at, digits.data(), length);
  return p.bytes;
}

}  // namespace firstcome::load
