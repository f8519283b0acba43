#pragma once

// The folder that holds everything the embedded shape keeps. While a `data_folder` lives, this process is the only one
// that writes in it: an exclusive flock on `<folder>/lock`, which the kernel releases when the process ends, however it
// ends. The file holds the holder's process id, for the message only.
//
// Thread safety: none needed; made once at start.

#include <filesystem>

namespace firstcome::ledger {

class data_folder {
 public:
  /// Makes the folder (mode 0700) and those above it when missing. Throws std::runtime_error, naming the folder, when
  /// it cannot be made, or when another process (named by its id) holds it.
  explicit data_folder(std::filesystem::path path);
  ~data_folder();
  data_folder(const data_folder&) = delete;
  data_folder& operator=(const data_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int lock_fd_ = -1;
};

}  // namespace firstcome::ledger
