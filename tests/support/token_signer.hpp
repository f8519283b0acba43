#pragma once

// Makes users' tokens as an issuer would, with keys of its own, good ones and such as nobody should take.

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace firstcome::testing {

class token_signer {
 public:
  static token_signer with_secret(std::string secret);
  static token_signer rsa(int bits = 2048);
  static token_signer ec(const char* curve = "P-256");
  static token_signer ed25519();

  /// Both are JSON texts. `header` decides nothing: the key signs as `algorithm` says (HS256, RS256, PS256, ES256 or
  /// EdDSA).
  std::string token(std::string_view header, std::string_view payload, std::string_view algorithm) const;
  /// The same with the usual header.
  std::string token(std::string_view payload, std::string_view algorithm) const;

  std::string public_pem() const;
  /// An RSA key as a member of a JSON Web Key Set.
  std::string rsa_jwk(std::string_view key_id) const;
  const std::string& secret() const { return secret_; }

 private:
  std::string signature_of(std::string_view text, std::string_view algorithm) const;

  std::string secret_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace firstcome::testing
