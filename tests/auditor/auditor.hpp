#pragma once

// The judge: given what the crowd sent and heard and the rows that exist in the end, which promises were broken? It
// knows nothing of how coupons are issued and believes no counter of the server: it works out on its own what must be
// true. Pure, and shared by the burst, the system tests and the simulation. O(n log n) in requests and rows.
//
// The promises carry their numbers from the contract. A history can prove a promise broken; it cannot prove one kept.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace firstcome::auditor {

using instant_ns = std::int64_t;  // any clock, as long as it is one clock for the whole history

enum class outcome : std::uint8_t {
  yes,         // admitted, now or earlier: `sequence` says which place
  sold_out,    // a no that says that the quantity is gone
  refused,     // any other no: not started, ended, paused
  overloaded,  // surely not admitted by this request; the user may ask again
  unknown,     // no answer, or the server said that it does not know
};

/// One request, as the client saw it.
struct request {
  std::int64_t user = 0;
  instant_ns invoked_at = 0;   // before its first byte was sent
  instant_ns answered_at = 0;  // after its last byte was received; of an unknown outcome: when the client gave up
  outcome what = outcome::unknown;
  std::int32_t sequence = 0;  // of a yes
};

struct row {
  std::int64_t user = 0;
  std::int32_t sequence = 0;
};

/// One coupon in the ledger, after everything that was accepted has arrived there.
struct books {
  std::optional<std::int32_t> total_quantity;  // absent: unlimited
  std::int64_t issued_quantity = 0;            // as the coupon itself states it
  std::vector<row> rows;                       // any order
};

struct assumptions {
  /// Nobody raised or lowered the quantity while the history was made. Without it promises 4 and 8 are not judged.
  bool quantity_was_constant = true;
  /// How long after it was sent a request with an unknown outcome may still be carried out.
  instant_ns unknown_settles_after_ns = 10'000'000'000;
  /// When the gate had lost what it had accepted (a flush, a fail-over). What was answered to a request from before may
  /// then differ from what was answered after, and from the rows: promise 3 is judged for later requests, promise 6 on
  /// either side by itself, promises 4, 7 and 8 not at all.
  std::optional<instant_ns> gate_lost_at = std::nullopt;
};

struct broken_promise {
  int promise;
  std::string what;  // a sentence that names the users, sequences and times
};

/// Empty when nothing contradicts the promises. At most `examples_max` for each promise, then one that counts the rest.
std::vector<broken_promise> audit(std::span<const request> history, const books& final_books,
                                  const assumptions& given = {}, std::size_t examples_max = 5);

}  // namespace firstcome::auditor
