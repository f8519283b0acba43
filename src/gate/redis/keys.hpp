#pragma once

// Where a coupon's gate lies in Redis. All its keys share the hash tag {<id>}, so that one node of a Redis Cluster
// holds them. Everything that an installation has in Redis begins with its prefix, so that several can share one. The
// names are stored: never change them.

#include <string>
#include <string_view>

#include "domain/ids.hpp"

namespace firstcome::gate {

inline constexpr std::string_view default_prefix = "fc:";
/// 1 to 64 letters, digits, and : _ . - (a brace would move the hash tag).
bool is_usable_prefix(std::string_view prefix);

/// Workers are woken by a coupon's id, published here. The scripts derive it from a key: admit.lua.
std::string wake_channel(std::string_view prefix);
/// Which ledger the gates belong to: cli/ledger_mark.hpp.
std::string ledger_key(std::string_view prefix);

struct gate_keys {
  std::string meta;   // fc:{7}:meta     hash
  std::string users;  // fc:{7}:users:1  hash: user id → "sequence:admitted ms"
  std::string queue;  // fc:{7}:queue:1  stream: see queue/queue_entry.hpp

  explicit gate_keys(std::string_view prefix) : prefix_(prefix) {}
  gate_keys(coupon_id coupon, epoch_number epoch, std::string_view prefix) : prefix_(prefix) { name(coupon, epoch); }
  /// Without an allocation once the strings have grown.
  void name(coupon_id coupon, epoch_number epoch);

 private:
  void begin(std::string& key, coupon_id coupon, std::string_view what) const;
  std::string prefix_;
};

}  // namespace firstcome::gate
