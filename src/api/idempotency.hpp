#pragma once

// The Idempotency-Key header of a request that creates (draft-ietf-httpapi-idempotency-key-header). Pure functions.

#include "api/bodies.hpp"
#include "domain/idempotency.hpp"

namespace firstcome::api {

/// `sent`: the header's value, if there was one. The quotes of the draft may be there or not: they are no part of the
/// key. What was asked for counts by its meaning, so a body that was only written differently is the same.
reading<std::optional<idempotency_key>> read_idempotency_key(std::optional<std::string_view> sent,
                                                             const coupon_draft& draft);

}  // namespace firstcome::api
