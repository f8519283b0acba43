#include "ledger/import/source_time_zone.hpp"

#include "ledger/mysql/rows.hpp"
#include "runtime/time_zone.hpp"

namespace firstcome::ledger {

source_time_zone::source_time_zone(const std::string& name) : name_(name) {
  const runtime::time_zone zone(name);
  for (const auto& [utc_until_s, offset_s] : zone.spans()) spans_.push_back({utc_until_s + offset_s, offset_s});
}

std::string source_time_zone::to_utc(const std::string& column) const {
  std::string offset = "CASE";
  for (std::size_t i = 0; i + 1 < spans_.size(); ++i)
    offset += " WHEN " + column + " < " + literal(from_microseconds(spans_[i].local_until_s * 1'000'000)) + " THEN " +
              std::to_string(spans_[i].offset_s);
  offset = spans_.size() == 1 ? std::to_string(spans_.back().offset_s)
                              : offset + " ELSE " + std::to_string(spans_.back().offset_s) + " END";
  return column + " - INTERVAL (" + offset + ") SECOND";
}

}  // namespace firstcome::ledger
