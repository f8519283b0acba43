#pragma once

// Which master of a Redis Cluster serves which of the 16,384 slots. Pure. Thread safety: one thread.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "redis/address.hpp"
#include "redis/reply.hpp"

namespace firstcome::redis {

inline constexpr int slot_count = 16'384;

/// CRC16 of the key, or of its hash tag: what stands between the first { and the next }, unless that is nothing.
int slot_of(std::string_view key);

class slot_map {
 public:
  slot_map() { owner_.fill(nobody); }
  /// From the answer to CLUSTER SLOTS; nothing when it is not such an answer. A master without a host is `asked`, as in
  /// the protocol.
  static std::optional<slot_map> from_reply(reply_view ranges, const node_address& asked);

  /// nullptr: nobody, as far as is known. Valid until the map changes.
  const node_address* owner(int slot) const;
  /// What MOVED says.
  void move(int slot, const node_address& to);
  const std::vector<node_address>& masters() const { return masters_; }
  bool complete() const;  // every slot has an owner

 private:
  static constexpr std::int16_t nobody = -1;
  std::int16_t index_of(const node_address& master);

  std::vector<node_address> masters_;
  std::array<std::int16_t, slot_count> owner_;
};

}  // namespace firstcome::redis
