#pragma once

// Times as a person wants to read them: in a zone of their own, with its offset, so that what was typed can be
// compared with what is shown. What programs read (--json) stays in UTC.

#include <optional>
#include <string>
#include <string_view>

#include "runtime/config.hpp"
#include "runtime/time_zone.hpp"

namespace firstcome::cli {

class shown_times {
 public:
  /// As the API writes them: UTC, with Z.
  shown_times() = default;
  explicit shown_times(runtime::time_zone zone) : zone_(std::move(zone)) {}

  /// "2026-12-05T01:00:00.000Z" becomes "2026-12-05T10:00:00.000+09:00". What is no time stays as it is.
  std::string in_zone(const std::string& text) const;
  bool in_utc() const { return !zone_; }
  /// Characters that a time takes.
  int width() const { return in_utc() ? 24 : 29; }

 private:
  std::optional<runtime::time_zone> zone_;
};

/// The setting --time-zone.
runtime::value_kind time_zone_kind(shown_times& into);

/// The offset that stands at the end of a date as it was typed; nothing when it has none, or Z.
std::optional<runtime::time_zone> zone_typed_in(std::string_view text);

}  // namespace firstcome::cli
