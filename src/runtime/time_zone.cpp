#include "runtime/time_zone.hpp"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <stdexcept>

namespace firstcome::runtime {
namespace {

constexpr std::int64_t day_s = 86400;
// Coupons and issues of a web shop; what is later than the last year goes by its last offset.
constexpr std::int64_t first_s = 0;                            // 1970
constexpr std::int64_t last_s = std::int64_t{200} * 31556952;  // 2170

std::optional<std::int64_t> fixed_offset_s(const std::string& text) {
  if (text == "UTC" || text == "Z") return 0;
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  for (const std::size_t i : {1, 2, 4, 5})
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
  const std::int64_t minutes = std::stoi(text.substr(1, 2)) * 60 + std::stoi(text.substr(4, 2));
  if (minutes > 14 * 60 || text[4] > '5') return std::nullopt;
  return (text[0] == '-' ? -60 : 60) * minutes;
}

/// The C library takes a name that it does not know for UTC without a word; so look for the file.
bool is_zone_file(const std::string& name) {
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) return false;
  const char* folder = std::getenv("TZDIR");  // NOLINT(concurrency-mt-unsafe): see the header
  const std::filesystem::path root = folder != nullptr ? folder : "/usr/share/zoneinfo";
  return std::filesystem::is_regular_file(root / name);
}

/// The process's own zone, put back at the end.
class zone_of_process {
 public:
  explicit zone_of_process(const std::string& name) {
    const char* was = std::getenv("TZ");  // NOLINT(concurrency-mt-unsafe): see the header
    if (was != nullptr) was_ = was;
    set(":" + name);
  }
  ~zone_of_process() { set(was_); }
  zone_of_process(const zone_of_process&) = delete;
  zone_of_process& operator=(const zone_of_process&) = delete;

 private:
  static void set(const std::optional<std::string>& name) {
    name ? setenv("TZ", name->c_str(), 1) : unsetenv("TZ");  // NOLINT(concurrency-mt-unsafe): see the header
    tzset();
  }
  std::optional<std::string> was_;
};

std::int64_t offset_of_process_at(std::int64_t utc_s) {
  const std::time_t t = utc_s;
  std::tm local{};
  localtime_r(&t, &local);
  return local.tm_gmtoff;
}

/// The first second, after `from` and up to `until`, at which the offset is no longer that of `from`.
std::int64_t change_between(std::int64_t from, std::int64_t until) {
  const std::int64_t before = offset_of_process_at(from);
  while (until - from > 1) {
    const std::int64_t middle = from + (until - from) / 2;
    (offset_of_process_at(middle) == before ? from : until) = middle;
  }
  return until;
}

}  // namespace

time_zone::time_zone(const std::string& name) : name_(name) {
  if (const auto offset = fixed_offset_s(name)) {
    spans_.push_back({0, *offset});
  } else if (is_zone_file(name)) {
    read_zone_file();
  } else {
    throw std::invalid_argument("there is no time zone \"" + name.substr(0, 80) + "\": it may be " + may_be);
  }
}

void time_zone::read_zone_file() {
  const zone_of_process zone(name_);
  std::int64_t offset = offset_of_process_at(first_s);
  for (std::int64_t day = first_s; day < last_s; day += day_s) {
    if (offset_of_process_at(day + day_s) == offset) continue;
    const std::int64_t change = change_between(day, day + day_s);
    spans_.push_back({change, offset});
    offset = offset_of_process_at(change);
  }
  spans_.push_back({0, offset});
}

std::chrono::seconds time_zone::offset_at(timestamp t) const {
  const std::int64_t utc_s = std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
  const auto found =
      std::find_if(spans_.begin(), spans_.end() - 1, [&](const span& s) { return utc_s < s.utc_until_s; });
  return std::chrono::seconds{found->offset_s};
}

}  // namespace firstcome::runtime
