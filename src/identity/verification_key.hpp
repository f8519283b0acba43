#pragma once

// One key that users' tokens may be signed with, bound to one algorithm: an RSA key never checks an HMAC, and a key for
// RS256 never checks PS256 (RFC 8725 section 3.1). It is parsed once.
// Thread safety: any thread; nothing changes after it was made. A copy shares what OpenSSL holds.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/secret.hpp"

struct evp_pkey_st;
struct evp_md_ctx_st;

namespace firstcome::identity {

enum class algorithm : std::uint8_t { hs256, rs256, ps256, es256, eddsa };

std::string_view name_of(algorithm which);
/// As `alg` writes it; nothing for every other name, `none` among them.
std::optional<algorithm> algorithm_named(std::string_view name);

class verification_key {
 public:
  using public_key = std::shared_ptr<evp_pkey_st>;

  /// Throws std::invalid_argument for less than 32 bytes.
  static verification_key of_secret(std::string_view bytes, std::string id = {});
  /// Throws std::invalid_argument, saying what the algorithm needs, when the key does not fit it.
  verification_key(algorithm bound_to, public_key key, std::string id = {});

  algorithm bound_to() const { return bound_to_; }
  /// The `kid`; empty when it has none.
  const std::string& id() const { return id_; }

  /// The public key; none for a secret.
  const public_key& shared() const { return key_; }

  /// The same key for the same algorithm, with the same id.
  bool is_same_as(const verification_key& other) const;

  bool verify(std::string_view text, std::string_view signature) const;

 private:
  explicit verification_key(std::string id) : id_(std::move(id)) {}
  bool verify_with_key(std::string_view text, std::string_view signature) const;
  void prepare();

  algorithm bound_to_ = algorithm::hs256;
  std::string id_;
  runtime::secret secret_;                   // hs256
  public_key key_;                           // else
  std::shared_ptr<evp_md_ctx_st> prepared_;  // else: a verification that has not begun; each one copies it
};

/// What such a key is mostly used for: RS256 for RSA, ES256 for P-256, EdDSA for Ed25519. Nothing: none of ours.
std::optional<algorithm> usual_algorithm_of(const verification_key::public_key& key);

}  // namespace firstcome::identity
