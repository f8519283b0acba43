#pragma once

// A file system of 64 MiB, in a mount namespace of this process and its children: it is gone with them. It needs root,
// or a kernel that lets users have namespaces; `mounted` says whether it is there.
//
// The namespace is the calling thread's: make it, and use it, on the test's main thread, before there are others.

#include <cstddef>
#include <filesystem>
#include <string>

#include "support/temporary_directory.hpp"

namespace firstcome::testing {

class small_disk {
 public:
  small_disk();
  ~small_disk();
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

  bool mounted() const { return mounted_; }
  const std::string& why_not() const { return why_not_; }
  /// An ordinary folder when nothing is mounted.
  const std::filesystem::path& path() const { return folder_.path(); }

  std::size_t free_bytes() const;
  /// Takes up room until only so much is left.
  void fill_up_to(std::size_t left_bytes);
  void make_room();

 private:
  void note(const std::string& what);

  temporary_directory folder_;
  bool mounted_ = false;
  std::string why_not_;
};

}  // namespace firstcome::testing
