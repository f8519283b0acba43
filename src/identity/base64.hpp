#pragma once

// Base64 as tokens have it (RFC 7515: the URL's alphabet, no padding) and as people keep secrets (RFC 4648).
// Pure; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace firstcome::identity {

/// Strict, so that a text has one spelling only: no padding, no other character, and the last one's unused bits are 0.
std::optional<std::string> decode_base64url(std::string_view text);
/// Into `to`, which has room for `base64url_bytes_max` of the text's size. How many bytes.
std::optional<std::size_t> decode_base64url(std::string_view text, char* to);
constexpr std::size_t base64url_bytes_max(std::size_t characters) {
  return characters / 4 * 3 + 3;
}
/// Whether it can be decoded.
bool is_base64url(std::string_view text);
/// Takes both alphabets, with and without padding.
std::optional<std::string> decode_base64(std::string_view text);

std::string encode_base64url(std::string_view bytes);

}  // namespace firstcome::identity
