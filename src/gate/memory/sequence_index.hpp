#pragma once

// Finds the sequence of a user by the hash of the user's id. It stores sequences only, 4 bytes a slot; whoever owns the
// entries says whether a found one is meant. Entries are never taken out.
// Thread safety: none of its own.

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "domain/ids.hpp"

namespace firstcome::gate {

/// Linear probing over a power of two of slots; a slot holds a sequence, 0 when it is free.
class sequence_index {
 public:
  explicit sequence_index(std::size_t slots) : slots_(slots) { assert(std::has_single_bit(slots)); }

  std::size_t capacity() const { return slots_.size() / 4 * 3; }

  template <class IsTheOne>
  sequence_number find(std::uint64_t hash, IsTheOne is_the_one) const {
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      const std::uint32_t sequence = slots_[at];
      if (sequence == 0) return 0;
      if (is_the_one(static_cast<sequence_number>(sequence))) return static_cast<sequence_number>(sequence);
    }
  }

  void insert(std::uint64_t hash, sequence_number sequence) {
    std::size_t at = hash & mask();
    while (slots_[at] != 0) at = (at + 1) & mask();
    slots_[at] = static_cast<std::uint32_t>(sequence);
  }

 private:
  std::size_t mask() const { return slots_.size() - 1; }

  std::vector<std::uint32_t> slots_;
};

}  // namespace firstcome::gate
