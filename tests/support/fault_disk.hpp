#pragma once

// A disk in memory that can lose power, fill up and fail: the model behind fault_vfs. It keeps, for each file, what the
// running machine sees, what a sync has made durable, and the writes and truncations since.
//
// What survives a power cut: all that was synced, and of what was not, any subset, chosen by a seed. A write is torn at
// sectors of 512 bytes, each of which may survive alone and in any order; bytes beside a write are never harmed (SQLite
// calls this powersafe overwrite, and assumes it of real disks too). A truncation may or may not have happened. New
// names and deletions are durable once the folder (there is only one) was synced, and may or may not have happened
// before.
//
// Operations are counted: writes, truncations, syncs and deletions, from 1. The one at which the power is cut is cut in
// the middle: a write may survive in part, a sync has not happened. After that every operation fails.
//
// Thread safety: all functions may be called by any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace firstcome::testing {

using bytes = std::vector<char>;
using disk_image = std::map<std::string, bytes>;

enum class disk_outcome { done, full, failed };

class fault_disk {
 public:
  fault_disk() = default;
  /// What a machine finds when it starts on this image: everything there is durable.
  explicit fault_disk(const disk_image& image);

  // What can go wrong. Operations are numbered from the first one of this disk's life.
  void cut_power_at(std::uint64_t operation);
  void fail_write_at(std::uint64_t operation);  // the first write from that operation on
  void fail_sync_at(std::uint64_t operation);   // the first sync from that operation on
  void set_capacity(std::optional<std::uint64_t> bytes_max);
  void lie_on_sync(bool lies);  // a sync says done and does nothing

  std::uint64_t operations() const;
  std::uint64_t bytes_used() const;
  bool has_power() const;
  /// True: the power went, or a write or a sync has failed (a full disk is no failure).
  bool has_failed() const;
  disk_image surviving(std::uint64_t seed) const;
  /// What another process would find now, without a power cut.
  disk_image as_seen() const;

  // What a file system does.
  struct file;
  std::shared_ptr<file> open(const std::string& name, bool create);  // null: not there
  bool exists(const std::string& name) const;
  disk_outcome remove(const std::string& name, bool sync_too);
  disk_outcome write(file& f, std::uint64_t offset, const void* data, std::size_t size);
  disk_outcome truncate(file& f, std::uint64_t size);
  disk_outcome sync(file& f, bool folder_too);
  /// How many bytes there were to read.
  std::size_t read(const file& f, std::uint64_t offset, void* to, std::size_t size) const;
  std::uint64_t size(const file& f) const;

 private:
  /// Counts one operation. True: the power went, in the middle of it or before.
  bool power_fails();
  void sync_folder();
  std::uint64_t used() const;

  mutable std::mutex lock_;
  std::map<std::string, std::shared_ptr<file>> files_;
  std::uint64_t operations_ = 0;
  std::optional<std::uint64_t> cut_at_, fail_write_at_, fail_sync_at_, capacity_;
  bool has_power_ = true;
  bool has_failed_ = false;
  bool lies_ = false;
};

}  // namespace firstcome::testing
