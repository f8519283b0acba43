#include "cli/shown_times.hpp"

#include <cstdio>
#include <stdexcept>

namespace firstcome::cli {

std::string shown_times::in_zone(const std::string& text) const {
  const std::optional<timestamp> time = zone_ ? from_rfc3339(text) : std::nullopt;
  if (!time) return text;
  const std::chrono::seconds offset = zone_->offset_at(*time);
  // RFC 3339 has no seconds in an offset; a few zones had them before 1973.
  if (offset % std::chrono::minutes{1} != std::chrono::seconds{0}) return text;
  std::string local = to_rfc3339(*time + offset);
  local.pop_back();  // Z
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(std::chrono::abs(offset)).count();
  char end[16];  // more than any offset takes
  std::snprintf(end, sizeof end, "%c%02d:%02d", offset.count() < 0 ? '-' : '+', static_cast<int>(minutes / 60 % 100),
                static_cast<int>(minutes % 60));
  return local + end;
}

runtime::value_kind time_zone_kind(shown_times& into) {
  auto take = [&into](const std::string& text) {
    try {
      into = shown_times(runtime::time_zone(text));
      return true;
    } catch (const std::invalid_argument&) {
      return false;
    }
  };
  return {take, runtime::time_zone::may_be, "", "ZONE"};
}

std::optional<runtime::time_zone> zone_typed_in(std::string_view text) {
  constexpr std::size_t size = sizeof("+09:00") - 1;
  if (text.size() <= size || !from_rfc3339(text)) return std::nullopt;
  const std::string_view end = text.substr(text.size() - size);
  if (end.front() != '+' && end.front() != '-') return std::nullopt;
  try {
    return runtime::time_zone(std::string(end));
  } catch (const std::invalid_argument&) {
    return std::nullopt;  // an offset that no place on earth has
  }
}

}  // namespace firstcome::cli
