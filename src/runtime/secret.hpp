#pragma once

// A text that must not be seen: it has no stream operator and no conversion, so that it cannot slip into a log, and its
// memory is overwritten when it goes away. Plus what keeps secrets out of sight elsewhere: the argument list and the
// file with the admin token.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace firstcome::runtime {

class secret {
 public:
  secret() = default;
  explicit secret(std::string_view text) : text_(text.begin(), text.end()) {}
  secret(const secret&) = default;
  secret(secret&&) noexcept = default;
  secret& operator=(const secret& other);
  secret& operator=(secret&& other) noexcept;
  ~secret() { wipe(); }

  bool empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size(); }
  /// The text itself; valid as long as this secret. Whoever calls this decides that it may be seen there.
  std::string_view reveal() const { return {text_.data(), text_.size()}; }

 private:
  void wipe() noexcept;

  std::vector<char> text_;  // not std::string: its short texts would live inside objects that moves leave behind
};

/// Overwrites what follows each of these flags (`--x value` and `--x=value`) in the process's own argument list, which
/// every user of the machine can read. Call it once the arguments were copied.
void wipe_arguments(int argc, char** argv, const std::vector<std::string>& secret_flags);

/// The admin token of a data folder: what `file` holds, or 32 random bytes in hexadecimal, which are then stored there
/// with mode 0600, on stable storage before this returns. Throws std::runtime_error when the file cannot be read or
/// written, holds no token, or may be read by others.
secret read_or_make_token(const std::filesystem::path& file);
/// The token that `file` holds. Makes none; throws as read_or_make_token does.
secret read_token(const std::filesystem::path& file);

}  // namespace firstcome::runtime
