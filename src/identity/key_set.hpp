#pragma once

// The keys that tokens may be signed with. A token's `kid` chooses among them, its `alg` must be the chosen one's own.
// Thread safety: any thread may read; built before it is shared.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/refusal.hpp"
#include "identity/verification_key.hpp"

namespace firstcome::identity {

class key_set {
 public:
  static constexpr std::size_t keys_max = 64;  // a token without `kid` may have to be tried with each

  /// Throws std::invalid_argument past keys_max.
  void add(verification_key key);
  void add_all_of(const key_set& others);

  bool empty() const { return keys_.empty(); }
  std::size_t size() const { return keys_.size(); }
  const std::vector<verification_key>& keys() const { return keys_; }
  /// Each key of `others` is here too, with the same id and for the same algorithm.
  bool has_all_of(const key_set& others) const;

  /// Why no key here could have signed such a token; nothing when one could.
  std::optional<refusal> why_none(algorithm signed_with, std::string_view key_id) const;
  /// Checking takes no longer than to hand it to another thread: HS256 does, and nothing else.
  static bool is_quick(algorithm signed_with) { return signed_with == algorithm::hs256; }
  /// Tries each key that could have. A wrong signature costs as many verifications as there are such keys.
  bool verify(algorithm signed_with, std::string_view key_id, std::string_view text, std::string_view signature) const;

 private:
  bool has(std::string_view key_id) const;
  static bool could_be(const verification_key& key, algorithm signed_with, std::string_view key_id, bool known);

  std::vector<verification_key> keys_;
};

/// Every public key of a text of PEM blocks. `only`: the algorithm they all are for; otherwise each one's usual one.
/// Throws std::invalid_argument when one is none, or does not fit, or there is none.
key_set keys_of_pem(const std::string& text, std::optional<algorithm> only);

/// The keys of a JSON Web Key Set (RFC 7517) that signatures can be checked with: RSA, P-256 and Ed25519, bound to
/// `alg`, or to the usual one. Others are left out, as RFC 7517 section 5 wants. Throws std::invalid_argument when the
/// text is no such set, or none of its keys can be used.
key_set keys_of_jwks(std::string_view text, std::optional<algorithm> only);

}  // namespace firstcome::identity
