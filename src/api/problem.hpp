#pragma once

// Refusals and failures on the wire: application/problem+json (RFC 9457). One place says which status and words belong
// to which code. The codes are part of the contract: never rename one.

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/error.hpp"
#include "domain/verdict.hpp"
#include "http/exchange.hpp"

namespace firstcome::api {

enum class problem_code : std::uint8_t {
  malformed_request,
  unauthorized,
  forbidden,
  not_found,
  coupon_not_found,
  issue_not_found,
  method_not_allowed,
  request_timeout,
  length_required,
  sold_out,
  not_started,
  ended,
  paused,
  already_used,
  returned,
  used_by_another_order,
  quantity_below_issued,
  rehearsal_running,
  content_too_large,
  unsupported_media_type,
  invalid_coupon,
  below_minimum,
  idempotency_key_reused,
  header_too_large,
  overloaded,
  unavailable,
};

struct problem_kind {
  int status;
  std::string_view code;
  std::string_view title;
  std::string_view usual_detail;
};

problem_kind describe(problem_code code);

problem_code code_of(errc why);
/// Requires a verdict that is no yes.
problem_code code_of(verdict refusal);
problem_code code_of(http::protocol_error why);

/// A refusal on its way to the client. An empty detail stands for the usual one.
struct problem {
  problem_code code;
  std::string detail;
};

inline constexpr std::string_view problem_content_type = "application/problem+json";

/// The whole body with the usual detail; made once, the same text for every caller.
const std::string& usual_body_of(problem_code code);
std::string body_of(const problem& p);

/// A whole `Retry-After` line, CRLF included. Jittered: 1 to 3 seconds, so that a crowd does not come back as one.
std::string_view jittered_retry_after();

}  // namespace firstcome::api
