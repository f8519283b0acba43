#pragma once

// Local times without a zone, as the original schema holds them, made UTC by the server itself, in SQL: one expression
// of plain date arithmetic. CONVERT_TZ is not used: it knows zone names only where somebody has loaded its tables, and
// on most servers leaves times after 2038 as they are without a word.
//
// The offsets of a named zone come from this machine's zone files (Debian's package tzdata). Where a clock was put
// back, an hour was shown twice: its times are taken as the first one.
//
// Thread safety: made at start, with one thread (see runtime/time_zone.hpp).

#include <string>
#include <vector>

#include "domain/time.hpp"

namespace firstcome::ledger {

class source_time_zone {
 public:
  /// "UTC", "+09:00", "Asia/Seoul". Throws std::invalid_argument with what it may be.
  explicit source_time_zone(const std::string& name);

  /// The column's time in UTC, as SQL; NULL stays NULL.
  std::string to_utc(const std::string& column) const;
  bool is_utc() const { return spans_.size() == 1 && spans_.front().offset_s == 0; }
  const std::string& name() const { return name_; }

 private:
  struct span {
    std::int64_t local_until_s;  // local seconds since 1970 as if they were UTC
    std::int64_t offset_s;       // local minus UTC
  };

  std::string name_;
  std::vector<span> spans_;  // ascending; the last has no end
};

}  // namespace firstcome::ledger
