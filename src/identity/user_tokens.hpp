#pragma once

// Who a user's token belongs to: everything that the rules want of it, then its signature by one of our keys.
// Thread safety: any thread.

#include <string_view>

#include "identity/key_set.hpp"
#include "identity/user_token.hpp"

namespace firstcome::identity {

struct user_token_settings {
  token_rules rules;
  key_set keys;
};

class user_tokens {
 public:
  /// Throws std::invalid_argument without a key.
  explicit user_tokens(user_token_settings settings);

  static token_time present() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }

  /// All but the signature, and whether one of our keys could have made it.
  boost::system::result<unverified_token, refusal> read(std::string_view token, token_time now = present()) const;
  bool verify(const unverified_token& token) const;
  /// Both.
  boost::system::result<user_id, refusal> user_of(std::string_view token, token_time now = present()) const;

 private:
  const token_rules rules_;
  const key_set keys_;
};

}  // namespace firstcome::identity
