#pragma once

// Who works here: the first admin, whose token the node itself was given, and those that a tokens file names. The file
// holds no token, only the hash of each; tokens are 32 random bytes, so that the hash gives nothing away.
// Thread safety: any thread. Reading the file again blocks and is for no event loop's thread.

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "identity/role.hpp"

namespace firstcome::identity {

using token_hash = std::array<unsigned char, 32>;  // SHA-256
token_hash hash_of(std::string_view token);
std::string to_hex(const token_hash& hash);

struct operator_identity {
  std::string name;
  role is = role::viewer;
};

struct operator_token {
  operator_identity who;
  token_hash hash{};
};

/// `[[token]]` tables with name, role and sha256. Throws std::invalid_argument, naming the line and what it may be.
std::vector<operator_token> read_tokens_file(std::string_view text);

/// A new token, and its table for the file.
struct made_token {
  std::string token, table;
};
made_token make_operator_token(role is, std::string_view name);
/// What a token may be called: 1 to 64 visible ASCII characters, without quotes and backslashes.
bool is_token_name(std::string_view name);

class operator_tokens {
 public:
  /// `file`: empty when there is none. Throws std::invalid_argument, naming the file, when it cannot be used, and for
  /// an empty admin token.
  explicit operator_tokens(std::string_view admin_token, std::filesystem::path file = {});

  /// Compares in constant time, whatever the names are.
  std::optional<operator_identity> find(const token_hash& hash) const;

  /// True when the file is another than the one that was last read, or tried.
  bool has_changed() const;
  /// Throws as the constructor; then everything stays as it was.
  void read_again();

  const std::filesystem::path& file() const { return file_; }
  std::size_t size() const;

 private:
  struct version {
    std::filesystem::file_time_type written_at;
    std::uintmax_t size = 0;
    bool operator==(const version&) const = default;
  };
  version version_on_disk() const;

  const operator_token admin_;
  const std::filesystem::path file_;
  mutable std::shared_mutex lock_;  // guards the rest
  version tried_;
  std::vector<operator_token> others_;
};

}  // namespace firstcome::identity
