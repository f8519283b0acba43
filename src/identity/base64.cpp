#include "identity/base64.hpp"

#include <array>
#include <cstdint>

namespace firstcome::identity {
namespace {

constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (std::uint8_t i = 0; i < 64; ++i) digits[static_cast<unsigned char>(url_alphabet[i])] = i;
  return digits;
}
constexpr std::array<std::uint8_t, 256> digits = make_digits();

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  const std::size_t left_over = text.size() % 4;
  if (left_over == 1) return std::nullopt;
  std::string bytes(text.size() / 4 * 3 + (left_over == 0 ? 0 : left_over - 1), '\0');
  const auto digit_at = [&](std::size_t at) -> std::uint32_t { return digits[static_cast<unsigned char>(text[at])]; };
  char* to = bytes.data();
  std::uint32_t seen = 0;  // `no_digit` is a bit that no digit has
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    const std::uint32_t a = digit_at(at), b = digit_at(at + 1), c = digit_at(at + 2), d = digit_at(at + 3);
    seen |= a | b | c | d;
    const std::uint32_t held = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<char>(held >> 16 & 0xFF);
    *to++ = static_cast<char>(held >> 8 & 0xFF);
    *to++ = static_cast<char>(held & 0xFF);
  }
  if (left_over > 0) {
    const std::uint32_t a = digit_at(at), b = digit_at(at + 1), c = left_over == 3 ? digit_at(at + 2) : 0;
    seen |= a | b | c;
    const std::uint32_t held = a << 18 | b << 12 | c << 6;
    if ((held & (left_over == 3 ? 0xFFU : 0xFFFFU)) != 0) return std::nullopt;
    *to++ = static_cast<char>(held >> 16 & 0xFF);
    if (left_over == 3) *to++ = static_cast<char>(held >> 8 & 0xFF);
  }
  if ((seen & no_digit) != 0) return std::nullopt;
  return bytes;
}

std::optional<std::string> decode_base64(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string as_in_urls(text);
  for (char& c : as_in_urls) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return decode_base64url(as_in_urls);
}

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xFFFFFF;
    for (bits += 8; bits >= 6;) {
      bits -= 6;
      text.push_back(url_alphabet[held >> bits & 63]);
    }
  }
  if (bits > 0) text.push_back(url_alphabet[held << (6 - bits) & 63]);
  return text;
}

}  // namespace firstcome::identity
