#pragma once

// Where a coupon's gate lies in Redis. All its keys share the hash tag {<id>}, so that one node of a Redis Cluster
// holds them. The names are stored: never change them.

#include <string>

#include "domain/ids.hpp"

namespace firstcome::gate {

/// Workers are woken by a coupon's id, published here.
inline constexpr const char* wake_channel = "fc:log";

struct gate_keys {
  std::string meta;   // fc:{7}:meta     hash
  std::string users;  // fc:{7}:users:1  hash: user id → "sequence:admitted ms"
  std::string queue;  // fc:{7}:queue:1  stream: see queue/queue_entry.hpp

  gate_keys() = default;
  gate_keys(coupon_id coupon, epoch_number epoch) { name(coupon, epoch); }
  /// Without an allocation once the strings have grown.
  void name(coupon_id coupon, epoch_number epoch);
};

}  // namespace firstcome::gate
