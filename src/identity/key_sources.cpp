#include "identity/key_sources.hpp"

#include <fstream>
#include <stdexcept>

#include "identity/base64.hpp"
#include "identity/jwks_fetch.hpp"

namespace firstcome::identity {
namespace {

std::string key_file_text(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::string text(key_text_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() || in.bad()) throw std::invalid_argument("it may be a file of at most 1 MiB that can be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

key_set key_of_secret(std::string_view given) {
  constexpr std::string_view encoded = "base64:";
  std::optional<std::string> bytes;
  if (!given.starts_with(encoded)) {
    bytes = std::string(given);
  } else if (bytes = decode_base64(given.substr(encoded.size())); !bytes) {
    throw std::invalid_argument("what follows base64: is not base64");
  }
  key_set keys;
  keys.add(verification_key::of_secret(*bytes));
  return keys;
}

/// What is wrong with the sources that were tried; only the first of it is told.
class troubles {
 public:
  template <class Make>
  void read(key_set& into, const std::string& source, Make make) {
    try {
      into = make();
    } catch (const std::exception& why) {
      if (first_.empty()) first_ = source + " cannot be used: " + why.what();
    }
  }
  void throw_first() const {
    if (!first_.empty()) throw std::invalid_argument(first_);
  }

 private:
  std::string first_;
};

}  // namespace

key_sources::version key_sources::version_of(const std::filesystem::path& file) {
  if (file.empty()) return {};
  std::error_code none;
  version now;
  now.written_at = std::filesystem::last_write_time(file, none);
  now.size = std::filesystem::file_size(file, none);
  return now;
}

bool key_sources::files_changed() const {
  return version_of(from_.pem_file) != pem_tried_ || version_of(from_.jwks_file) != jwks_tried_;
}

void key_sources::read(which some, const std::atomic<bool>* stop) {
  troubles wrong;
  if (!from_.secret.empty() && secret_.empty())
    wrong.read(secret_, "--jwt-secret", [&] { return key_of_secret(from_.secret.reveal()); });
  pem_tried_ = version_of(from_.pem_file);
  jwks_tried_ = version_of(from_.jwks_file);
  if (!from_.pem_file.empty())
    wrong.read(pem_, "--jwt-public-key-file " + from_.pem_file.string(),
               [&] { return keys_of_pem(key_file_text(from_.pem_file), from_.only); });
  if (!from_.jwks_file.empty())
    wrong.read(jwks_, "--jwt-jwks-file " + from_.jwks_file.string(),
               [&] { return keys_of_jwks(key_file_text(from_.jwks_file), from_.only); });
  if (!from_.jwks_url.empty() && some == which::all)
    wrong.read(fetched_, "--jwt-jwks-url " + from_.jwks_url,
               [&] { return keys_of_jwks(fetch(from_.jwks_url, stop), from_.only); });
  wrong.throw_first();
}

key_set key_sources::keys() const {
  key_set all;
  for (const key_set* const some : {&secret_, &pem_, &jwks_, &fetched_}) all.add_all_of(*some);
  return all;
}

}  // namespace firstcome::identity
