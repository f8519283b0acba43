#pragma once

// Where the keys for users' tokens come from: a secret that stays, files, and a URL, each of which may say something
// else later. What cannot be read leaves what was read before as it was.
// Thread safety: one thread at a time. It blocks, and is for no event loop's thread.

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>

#include "identity/key_set.hpp"
#include "runtime/secret.hpp"

namespace firstcome::identity {

struct key_origins {
  runtime::secret secret;           // for HS256: text, or base64:…
  std::filesystem::path pem_file;   // one PEM or several
  std::filesystem::path jwks_file;  //
  std::string jwks_url;             //
  std::optional<algorithm> only;    // nothing: what each key is for

  bool any() const { return !secret.empty() || can_change(); }
  bool can_change() const { return !pem_file.empty() || !jwks_file.empty() || !jwks_url.empty(); }
};

class key_sources {
 public:
  explicit key_sources(key_origins from) : from_(std::move(from)) {}

  enum class which : unsigned char { all, all_but_url };

  /// Reads them. Throws std::invalid_argument, naming the setting and what is wrong with it, for the first that cannot
  /// be used; the others are read all the same. `stop`: once it is true, a transfer is given up.
  void read(which some = which::all, const std::atomic<bool>* stop = nullptr);
  /// What was read, last or before, of all of them.
  key_set keys() const;

  /// One of the files is another than the one that was last read, or tried.
  bool files_changed() const;
  const key_origins& origins() const { return from_; }

 private:
  struct version {
    std::filesystem::file_time_type written_at{};
    std::uintmax_t size = 0;
    bool operator==(const version&) const = default;
  };
  static version version_of(const std::filesystem::path& file);

  const key_origins from_;
  key_set secret_, pem_, jwks_, fetched_;
  version pem_tried_, jwks_tried_;
};

}  // namespace firstcome::identity
