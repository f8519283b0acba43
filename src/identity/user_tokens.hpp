#pragma once

// Who a user's token belongs to: everything that the rules want of it, then its signature by one of our keys. A token
// that was found good is remembered. The keys may be exchanged at any time: whoever has begun with the old ones ends
// with them.
// Thread safety: any thread.

#include <memory>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "identity/key_set.hpp"
#include "identity/user_token.hpp"
#include "identity/verified_tokens.hpp"

namespace firstcome::identity {

struct user_token_settings {
  token_rules rules;
  key_set keys;
};

/// A token that says everything that the rules want, and whose signature nobody has checked yet.
struct token_claim {
  token_hash hash{};
  unverified_token said;  // its texts point into the token
  std::shared_ptr<const key_set> keys;
  verified_tokens::generation generation = 0;
};

class user_tokens {
 public:
  /// Throws std::invalid_argument without a key.
  explicit user_tokens(user_token_settings settings);

  static token_time present() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }

  const std::string& user_claim() const { return rules_.user_claim; }

  /// Whose token it is, when that was found out before.
  std::optional<user_id> remembered(const token_hash& hash, token_time now = present()) const {
    return verified_.find(hash, now);
  }
  /// All but the signature, and whether one of our keys could have made it. `hash`: of the whole token.
  boost::system::result<token_claim, refusal> read(std::string_view token, const token_hash& hash,
                                                   token_time now = present()) const;
  /// False: the signature is worthless. A token that is good is remembered.
  bool verify(const token_claim& claim, token_time now = present());

  /// From now on these. Tokens that a key verified which is not among them are not good any more. True when they are
  /// others than before. Throws std::invalid_argument without a key.
  bool use(key_set keys);
  std::shared_ptr<const key_set> keys() const;

 private:
  token_time forget_at(const unverified_token& said) const;

  const token_rules rules_;
  mutable std::shared_mutex lock_;  // guards keys_
  std::shared_ptr<const key_set> keys_;
  verified_tokens verified_;
};

}  // namespace firstcome::identity
