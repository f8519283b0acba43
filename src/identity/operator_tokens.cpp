#include "identity/operator_tokens.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <stdexcept>

#include "identity/base64.hpp"

namespace firstcome::identity {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::size_t file_size_max = 1024 * 1024;
constexpr std::size_t name_size_max = 64;

std::string file_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string text(file_size_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() || in.bad()) throw std::invalid_argument("it may be a file of at most 1 MiB that can be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

operator_token first_admin(std::string_view token) {
  if (token.empty()) throw std::invalid_argument("the admin token must not be empty");
  return {{"admin", role::admin}, hash_of(token)};
}

}  // namespace

token_hash hash_of(std::string_view token) {
  // SHA256() looks the algorithm up each time, which takes longer than to hash a token.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> work(EVP_MD_CTX_new(),
                                                                                         &EVP_MD_CTX_free);
  token_hash made;
  if (EVP_DigestInit_ex2(work.get(), algorithm, nullptr) != 1 ||
      EVP_DigestUpdate(work.get(), token.data(), token.size()) != 1 ||
      EVP_DigestFinal_ex(work.get(), made.data(), nullptr) != 1)
    throw std::runtime_error("OpenSSL makes no SHA-256");
  return made;
}

std::string to_hex(const token_hash& hash) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : hash) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

bool is_token_name(std::string_view name) {
  return !name.empty() && name.size() <= name_size_max &&
         std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

made_token make_operator_token(role is, std::string_view name) {
  std::string bytes(token_bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system gives no random bytes for a token");
  made_token made{encode_base64url(bytes), {}};
  made.table = "[[token]]\nname = \"" + std::string(name) + "\"\nrole = \"" + std::string(name_of(is)) +
               "\"\nsha256 = \"" + to_hex(hash_of(made.token)) + "\"\n";
  return made;
}

operator_tokens::operator_tokens(std::string_view admin_token, std::filesystem::path file)
    : admin_(first_admin(admin_token)), file_(std::move(file)) {
  read_again();
}

// All are compared, so that the time tells neither who it was nor how much of a guess was right.
std::optional<operator_identity> operator_tokens::find(const token_hash& hash) const {
  const std::shared_lock held(lock_);
  const operator_token* found = nullptr;
  const auto compare = [&](const operator_token& one) {
    if (CRYPTO_memcmp(hash.data(), one.hash.data(), hash.size()) == 0) found = &one;
  };
  compare(admin_);
  std::ranges::for_each(others_, compare);
  if (found == nullptr) return std::nullopt;
  return found->who;
}

std::size_t operator_tokens::size() const {
  const std::shared_lock held(lock_);
  return 1 + others_.size();
}

// A file that is not there has a version too: it differs from that of any file.
operator_tokens::version operator_tokens::version_on_disk() const {
  std::error_code no_time, no_size;
  version now{std::filesystem::last_write_time(file_, no_time), std::filesystem::file_size(file_, no_size)};
  return no_time || no_size ? version{} : now;
}

bool operator_tokens::has_changed() const {
  if (file_.empty()) return false;
  const version now = version_on_disk();
  const std::shared_lock held(lock_);
  return now != tried_;
}

void operator_tokens::read_again() {
  if (file_.empty()) return;
  {
    const version now = version_on_disk();
    const std::unique_lock held(lock_);
    tried_ = now;
  }
  try {
    std::vector<operator_token> read = read_tokens_file(file_text(file_));
    const std::unique_lock held(lock_);
    others_ = std::move(read);
  } catch (const std::invalid_argument& why) {
    throw std::invalid_argument("the tokens file " + file_.string() + " cannot be used: " + why.what());
  }
}

}  // namespace firstcome::identity
