#pragma once

// What is still on its way into the ledger, and what came to nothing on that way: queue and dead letters, as operators
// see them. Blocking; each function throws `store_unavailable`.
// Thread safety: the thread of its stores.

#include "domain/dead_letter.hpp"
#include "issuing/distributed/stores.hpp"

namespace firstcome::issuing {

/// Gate and cursor are read one after the other: what a worker moves in between counts as moved. Errors:
/// coupon_not_found; unavailable: the gate is being confirmed or rebuilt.
result<coupon_backlog> backlog_of(stores& use, coupon_id id);

dead_letter_page open_letters(stores& use, std::optional<coupon_id> coupon, std::optional<std::int64_t> after,
                              int limit);

}  // namespace firstcome::issuing
