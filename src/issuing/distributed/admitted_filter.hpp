#pragma once

// "Perhaps among the admitted" or "surely not": a Bloom filter whose bits for one user lie in one cache line (Putze,
// Sanders, Singler: Cache-, Hash- and Space-Efficient Bloom Filters, 2007). 12 bits a user, six of them set: about one
// in a hundred strangers passes. Seeded, so that nobody can choose ids that pass.
// Thread safety: `add` before it is shared; `perhaps_has` from any thread.

#include <array>
#include <cstdint>
#include <vector>

#include "domain/ids.hpp"

namespace firstcome::issuing {

class admitted_filter {
 public:
  /// `users`: how many will be added, about.
  admitted_filter(std::size_t users, std::uint64_t seed);

  void add(user_id user);
  bool perhaps_has(user_id user) const;

 private:
  struct alignas(64) line {
    std::array<std::uint64_t, 8> words{};
  };
  struct place {
    std::size_t line;
    std::uint64_t bits;  // six groups of nine bits: a bit's number in the line
  };
  place place_of(user_id user) const;

  std::uint64_t seed_;
  std::vector<line> lines_;
};

}  // namespace firstcome::issuing
