#pragma once

// All gates of a node, by coupon. A gate, once there, stays until the table goes: pointers to gates may be kept.
// Thread safety: any thread finds; one writer thread adds.

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "gate/memory/gate.hpp"

namespace firstcome::gate {

class gate_table {
 public:
  explicit gate_table(std::uint64_t hash_seed) : hash_seed_(hash_seed) {}

  std::uint64_t hash_seed() const { return hash_seed_; }

  /// Null when there is no such coupon.
  gate* find(coupon_id id) const {
    std::shared_lock reading(lock_);
    const auto at = gates_.find(id);
    return at == gates_.end() ? nullptr : at->second.get();
  }

  gate& add(firstcome::coupon c) {
    const coupon_id id = c.id;
    auto made = std::make_unique<gate>(std::move(c), hash_seed_);
    std::unique_lock writing(lock_);
    return *gates_.emplace(id, std::move(made)).first->second;
  }

 private:
  const std::uint64_t hash_seed_;
  mutable std::shared_mutex lock_;
  std::unordered_map<coupon_id, std::unique_ptr<gate>> gates_;
};

}  // namespace firstcome::gate
