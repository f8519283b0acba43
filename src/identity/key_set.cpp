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
  bool some_without_id = false;
  for (const verification_key& key : keys_) {
    if (could_be(key, signed_with, key_id, known)) return std::nullopt;
    some_without_id = some_without_id || key.id().empty();
  }
  return key_id.empty() || known || some_without_id ? refusal::algorithm : refusal::unknown_key;
}

bool key_set::verify(algorithm signed_with, std::string_view key_id, std::string_view text,
                     std::string_view signature) const {
  const bool known = has(key_id);
  for (const verification_key& key : keys_)
    if (could_be(key, signed_with, key_id, known) && key.verify(text, signature)) return true;
  return false;
}

key_set keys_of_pem(const std::string& text, std::optional<algorithm> only) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> from(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())),
                                                       &BIO_free);
  key_set keys;
  for (;;) {
    const verification_key::public_key key(PEM_read_bio_PUBKEY(from.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (!key) {
      const unsigned long why = ERR_peek_last_error();
      const bool at_end = ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
      ERR_clear_error();
      if (at_end && !keys.empty()) return keys;
      throw std::invalid_argument("what it holds is no public key in PEM");
    }
    const std::optional<algorithm> bound_to = only ? only : usual_algorithm_of(key);
    if (!bound_to) throw std::invalid_argument("one of its keys is not RSA, P-256 or Ed25519");
    keys.add(verification_key(*bound_to, key));
  }
}

}  // namespace firstcome::identity
