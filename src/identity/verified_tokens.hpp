#pragma once

// Tokens whose signature was found good, so that none is checked twice: by the token's hash, until it expires. Only
// good ones are remembered, so a crowd of strangers with worthless signatures pushes nobody out.
//
// The room is taken once, `bytes_each` for each of `tokens_max` places, and touched as it is used. A token may stand in
// one of eight places, which its hash says; where all eight are taken, one that has expired gives way, or else the one
// that expires first. Whoever was pushed out is verified again, and that is all.
//
// Thread safety: any thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>

#include "domain/ids.hpp"
#include "identity/operator_tokens.hpp"
#include "identity/user_token.hpp"

namespace firstcome::identity {

class verified_tokens {
 public:
  static constexpr std::size_t tokens_max_usual = 128 * 1024;
  static constexpr std::size_t bytes_each = 48;

  /// Of the keys that tokens are verified with. Whoever begins a verification asks for it first.
  using generation = std::uint64_t;

  /// `tokens_max` is rounded up to a power of two.
  explicit verified_tokens(std::size_t tokens_max = tokens_max_usual);

  std::optional<user_id> find(const token_hash& token, token_time now) const;

  generation present() const { return generation_.load(std::memory_order_acquire); }
  /// Until `forget_at`. Not when something was forgotten since `verified_in`: then the key may be good no more.
  void add(const token_hash& token, user_id user, token_time forget_at, token_time now, generation verified_in);
  void forget_all();

 private:
  static constexpr std::size_t places_each = 8;
  static constexpr std::size_t locks = 64;
  struct entry {
    token_hash token{};
    user_id user{};
    token_time forget_at{};  // long ago: the place is free
  };
  static_assert(sizeof(entry) == bytes_each);
  using bucket = std::array<entry, places_each>;

  std::size_t bucket_of(const token_hash& token) const;
  std::mutex& lock_of(std::size_t bucket) const { return locks_[bucket % locks].of; }

  struct alignas(64) padded_lock {
    std::mutex of;
  };
  mutable std::array<padded_lock, locks> locks_;  // each guards the buckets whose number it divides
  struct release {
    void operator()(void* memory) const { std::free(memory); }
  };
  const std::size_t buckets_count_;
  const std::unique_ptr<bucket[], release> buckets_;  // from calloc: pages that nobody has used cost nothing
  std::atomic<generation> generation_{0};
};

}  // namespace firstcome::identity
