#include "redis/script.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace firstcome::redis {
namespace {

std::string sha1_in_hexadecimal(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("OpenSSL refuses SHA-1, by which Redis names its scripts");
  std::string digits;
  for (unsigned n = 0; n < size; ++n) {
    digits += "0123456789abcdef"[digest[n] >> 4];
    digits += "0123456789abcdef"[digest[n] & 15];
  }
  return digits;
}

}  // namespace

script::script(std::string_view text) : text_(text), sha_(sha1_in_hexadecimal(text)) {}

}  // namespace firstcome::redis
