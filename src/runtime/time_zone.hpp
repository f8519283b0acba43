#pragma once

// A time zone by its name or its fixed offset, read from this machine's zone files (Debian's package tzdata). The C++
// library of GCC 12 knows none.
//
// Thread safety: making one sets the process's TZ for that while: at start, with one thread. What was made never
// changes.

#include <cstdint>
#include <string>
#include <vector>

#include "domain/time.hpp"

namespace firstcome::runtime {

class time_zone {
 public:
  /// Ends the sentence "it may be …".
  static constexpr const char* may_be =
      "UTC, an offset such as +09:00, or a name such as Asia/Seoul (names need the package tzdata on this machine)";

  /// Throws std::invalid_argument with what it may be.
  explicit time_zone(const std::string& name);

  /// An offset that holds until a second that no longer belongs to it.
  struct span {
    std::int64_t utc_until_s;
    std::int64_t offset_s;  // local minus UTC
  };
  /// Ascending, from 1970 on; the last has no end (its `utc_until_s` says nothing), and holds after 2170 too.
  const std::vector<span>& spans() const { return spans_; }

  std::chrono::seconds offset_at(timestamp t) const;
  const std::string& name() const { return name_; }

 private:
  void read_zone_file();

  std::string name_;
  std::vector<span> spans_;
};

}  // namespace firstcome::runtime
