#pragma once

// What a handler off the hot path comes to: a whole answer as a value, given once, counted in one place.

#include <functional>
#include <string>
#include <string_view>

#include "api/problem.hpp"
#include "http/exchange.hpp"
#include "runtime/metrics.hpp"

namespace firstcome::api {

inline constexpr std::string_view json_content_type = "application/json";

struct answer {
  int status = 200;
  std::string_view content_type = json_content_type;
  std::string body;
  std::string extra_headers = {};  // complete lines, each ending in CRLF
};

/// The header lines that every answer with this code has (Allow depends on the path and is not among them).
std::string_view usual_headers_of(problem_code code);

answer to_answer(const problem& p);

/// The name of a store that does not answer just now, or null. Itself empty where there are no stores.
using absence = std::function<const char*()>;
inline const char* name_of(const absence& away) {
  return away ? away() : nullptr;
}

/// Begins the detail of a 503 with the store that is known not to answer; other answers stay.
void name_store(answer& a, std::string_view store);
inline constexpr std::string_view some_store_is_away = "A store does not answer, or not in time. ";

/// One request on its way through the application. The last call on it is `respond`: the exchange may be gone after it.
struct routed_exchange {
  http::exchange& x;
  runtime::metrics& metrics;
  std::size_t route;  // its index

  void respond(int status, std::string_view content_type, std::string_view body,
               std::string_view extra_headers = {}) const {
    metrics.count_request(route, status);
    x.respond(status, content_type, body, extra_headers);
  }
  /// Ends a request that the connection has answered, and counted, at its deadline: this answer goes nowhere.
  void end_unheard() const { x.respond(503, problem_content_type, usual_body_of(problem_code::unavailable)); }
  void respond(const answer& a) const { respond(a.status, a.content_type, a.body, a.extra_headers); }
  void refuse(const problem& p) const { respond(to_answer(p)); }
  /// The same with the usual detail, and without an allocation.
  void refuse(problem_code code) const { refuse(code, usual_headers_of(code)); }
  void refuse(problem_code code, std::string_view extra_headers) const {
    respond(describe(code).status, problem_content_type, usual_body_of(code), extra_headers);
  }
};

}  // namespace firstcome::api
