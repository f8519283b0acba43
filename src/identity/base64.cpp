#include "identity/base64.hpp"

#include <array>
#include <cstdint>

namespace firstcome::identity {
namespace {

constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What each character adds to a group of four, by its place in it. Another character sets a bit that no group has.
constexpr std::uint32_t no_digit = 1U << 24;
using digits = std::array<std::uint32_t, 256>;

constexpr digits digits_at(int place) {
  digits worth{};
  worth.fill(no_digit);
  for (std::uint32_t i = 0; i < 64; ++i) worth[static_cast<unsigned char>(url_alphabet[i])] = i << (18 - 6 * place);
  return worth;
}
constexpr digits first = digits_at(0), second = digits_at(1), third = digits_at(2), fourth = digits_at(3);

/// Of a group of four characters.
std::uint32_t group_of(const unsigned char* at) {
  return first[at[0]] | second[at[1]] | third[at[2]] | fourth[at[3]];
}

/// Of the two or three characters at the end.
std::uint32_t last_group_of(const unsigned char* at, std::size_t count) {
  return first[at[0]] | second[at[1]] | (count == 3 ? third[at[2]] : 0);
}

bool is_spelt_well(std::uint32_t last_group, std::size_t count) {
  return (last_group & (no_digit | (count == 3 ? 0xFFU : 0xFFFFU))) == 0;
}

}  // namespace

std::optional<std::size_t> decode_base64url(std::string_view text, char* to) {
  const std::size_t left_over = text.size() % 4;
  if (left_over == 1) return std::nullopt;
  char* const begin = to;
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = at + (text.size() - left_over);
  std::uint32_t seen = 0;
  for (; at != end; at += 4, to += 3) {
    const std::uint32_t group = group_of(at);
    seen |= group;
    to[0] = static_cast<char>(group >> 16 & 0xFF);
    to[1] = static_cast<char>(group >> 8 & 0xFF);
    to[2] = static_cast<char>(group & 0xFF);
  }
  if (left_over > 0) {
    const std::uint32_t group = last_group_of(at, left_over);
    if (!is_spelt_well(group, left_over)) return std::nullopt;
    *to++ = static_cast<char>(group >> 16 & 0xFF);
    if (left_over == 3) *to++ = static_cast<char>(group >> 8 & 0xFF);
  }
  if ((seen & no_digit) != 0) return std::nullopt;
  return static_cast<std::size_t>(to - begin);
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes(base64url_bytes_max(text.size()), '\0');
  const std::optional<std::size_t> size = decode_base64url(text, bytes.data());
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

bool is_base64url(std::string_view text) {
  const std::size_t left_over = text.size() % 4;
  if (left_over == 1) return false;
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = at + (text.size() - left_over);
  std::uint32_t seen = 0;
  for (; at != end; at += 4) seen |= group_of(at);
  return (seen & no_digit) == 0 && (left_over == 0 || is_spelt_well(last_group_of(at, left_over), left_over));
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
