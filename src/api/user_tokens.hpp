#pragma once

// Reads a user's signed token (RFC 7519, compact form). The algorithm is the configured one and never the token's
// choice: a token that says `none`, or HS256 over a public key, is refused.
// Thread safety: any thread.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"

namespace firstcome::api {

enum class token_algorithm { hs256, rs256, es256 };

struct token_settings {
  token_algorithm algorithm = token_algorithm::hs256;
  std::string key;                  // hs256: the secret, at least 32 bytes; else the public key in PEM
  std::chrono::seconds leeway{30};  // by how much the issuer's clock may differ from ours, for exp and nbf
};

class user_tokens {
 public:
  /// Throws std::invalid_argument when the key does not fit the algorithm.
  explicit user_tokens(token_settings settings);

  static std::chrono::sys_seconds present() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  }

  /// The token's `sub`; nothing when the token is not valid at that time or its `sub` is not a user id. A token without
  /// `exp` does not expire.
  std::optional<user_id> user_of(std::string_view token, std::chrono::sys_seconds now = present()) const;

 private:
  token_settings settings_;
};

}  // namespace firstcome::api
