#include "identity/key_set.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <stdexcept>

namespace firstcome::identity {

void key_set::add(verification_key key) {
  if (keys_.size() == keys_max) throw std::invalid_argument("there are more than 64 keys");
  keys_.push_back(std::move(key));
}

void key_set::add_all_of(const key_set& others) {
  for (const verification_key& key : others.keys_) add(key);
}

bool key_set::has_all_of(const key_set& others) const {
  return std::ranges::all_of(others.keys_, [&](const verification_key& wanted) {
    return std::ranges::any_of(keys_, [&](const verification_key& key) { return key.is_same_as(wanted); });
  });
}

bool key_set::has(std::string_view key_id) const {
  return !key_id.empty() && std::ranges::any_of(keys_, [&](const auto& key) { return key.id() == key_id; });
}

// A key without an id may have signed a token with one: whoever gives a PEM file cannot say which id it has.
bool key_set::could_be(const verification_key& key, algorithm signed_with, std::string_view key_id, bool known) {
  if (key.bound_to() != signed_with) return false;
  if (key_id.empty()) return true;
  return known ? key.id() == key_id : key.id().empty();
}

std::optional<refusal> key_set::why_none(algorithm signed_with, std::string_view key_id) const {
  const bool known = has(key_id);
  bool all_without_id = true;
  for (const verification_key& key : keys_) {
    if (could_be(key, signed_with, key_id, known)) return std::nullopt;
    all_without_id = all_without_id && key.id().empty();
  }
  return key_id.empty() || known || all_without_id ? refusal::algorithm : refusal::unknown_key;
}

bool key_set::verify(algorithm signed_with, std::string_view key_id, std::string_view text,
                     std::string_view signature) const {
  const bool known = has(key_id);
  for (const verification_key& key : keys_)
    if (could_be(key, signed_with, key_id, known) && key.verify(text, signature)) return true;
  return false;
}

namespace {

/// The next block of PEM that `from` has: its kind and content; nothing at the end.
struct pem_block {
  std::string kind, content;
};
std::optional<pem_block> next_block(BIO& from) {
  char* kind = nullptr;
  char* header = nullptr;
  unsigned char* content = nullptr;
  long size = 0;
  if (PEM_read_bio(&from, &kind, &header, &content, &size) != 1) {
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!at_end) throw std::invalid_argument("a part of it is no PEM");
    return std::nullopt;
  }
  pem_block block{kind, std::string(reinterpret_cast<const char*>(content), static_cast<std::size_t>(size))};
  OPENSSL_free(kind);
  OPENSSL_free(header);
  OPENSSL_free(content);
  return block;
}

verification_key::public_key public_key_of(const pem_block& block) {
  if (block.kind == "CERTIFICATE")
    throw std::invalid_argument("it holds a certificate: openssl x509 -pubkey -noout makes a public key in PEM of it");
  const auto* at = reinterpret_cast<const unsigned char*>(block.content.data());
  verification_key::public_key key(
      block.kind == "PUBLIC KEY" ? d2i_PUBKEY(nullptr, &at, static_cast<long>(block.content.size())) : nullptr,
      &EVP_PKEY_free);
  ERR_clear_error();
  if (!key) throw std::invalid_argument("a part of it is no public key in PEM, but " + block.kind);
  return key;
}

}  // namespace

key_set keys_of_pem(const std::string& text, std::optional<algorithm> only) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> from(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                       &BIO_free);
  key_set keys;
  while (const std::optional<pem_block> block = next_block(*from)) {
    const verification_key::public_key key = public_key_of(*block);
    const std::optional<algorithm> bound_to = only ? only : usual_algorithm_of(key);
    if (!bound_to) throw std::invalid_argument("one of its keys is not RSA, P-256 or Ed25519");
    keys.add(verification_key(*bound_to, key));
  }
  if (keys.empty()) throw std::invalid_argument("what it holds is no public key in PEM");
  return keys;
}

}  // namespace firstcome::identity
