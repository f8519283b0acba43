#pragma once

// A key by which a client that lost an answer finds what it made, instead of making it twice
// (draft-ietf-httpapi-idempotency-key-header). It is kept with what was made, in the same transaction, for a day.
//
// Keys belong to the installation and not to a token: who repeats after his token was replaced, or at another node,
// still finds what he made, and everybody who may create may see every coupon anyway.

#include <chrono>
#include <string>
#include <string_view>

namespace firstcome {

inline constexpr std::size_t idempotency_key_length_max = 255;  // visible ASCII characters
inline constexpr std::chrono::hours idempotency_keys_kept{24};
/// Each creation with a key drops so many old ones at most: more than it adds, and never many at once.
inline constexpr int idempotency_keys_swept_max = 100;

struct idempotency_key {
  std::string key;
  std::string fingerprint;  // of what was asked for with it; at most 64 ASCII characters
};

constexpr bool is_idempotency_key(std::string_view text) {
  if (text.empty() || text.size() > idempotency_key_length_max) return false;
  for (const char c : text)
    if (c <= ' ' || c > '~') return false;
  return true;
}

}  // namespace firstcome
