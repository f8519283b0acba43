#include "redis/slot_map.hpp"

#include <algorithm>
#include <boost/crc.hpp>

namespace firstcome::redis {

int slot_of(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  boost::crc_optimal<16, 0x1021, 0, 0, false, false> crc;  // XMODEM, as in the cluster's specification
  crc.process_bytes(key.data(), key.size());
  return static_cast<int>(crc.checksum() % slot_count);
}

std::optional<slot_map> slot_map::from_reply(reply_view ranges, const node_address& asked) {
  if (!ranges.is_array()) return std::nullopt;
  slot_map map;
  for (std::size_t n = 0; n < ranges.size(); ++n) {
    const reply_view range = ranges[n];
    if (range.size() < 3 || range[2].size() < 2) return std::nullopt;
    const std::int64_t first = range[0].integer(), last = range[1].integer(), port = range[2][1].integer();
    if (first < 0 || last < first || last >= slot_count || port <= 0 || port > 65535) return std::nullopt;
    const std::string_view host = range[2][0].text();
    const node_address master{host.empty() ? asked.host : std::string(host), static_cast<std::uint16_t>(port)};
    std::fill(map.owner_.begin() + first, map.owner_.begin() + last + 1, map.index_of(master));
  }
  return map;
}

const node_address* slot_map::owner(int slot) const {
  const std::int16_t index = owner_.at(static_cast<std::size_t>(slot));
  return index == nobody ? nullptr : &masters_[static_cast<std::size_t>(index)];
}

void slot_map::move(int slot, const node_address& to) {
  owner_.at(static_cast<std::size_t>(slot)) = index_of(to);
}

bool slot_map::complete() const {
  return std::find(owner_.begin(), owner_.end(), nobody) == owner_.end();
}

std::int16_t slot_map::index_of(const node_address& master) {
  const auto at = std::find(masters_.begin(), masters_.end(), master);
  const auto index = static_cast<std::int16_t>(at - masters_.begin());
  if (at == masters_.end()) masters_.push_back(master);
  return index;
}

}  // namespace firstcome::redis
