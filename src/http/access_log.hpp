#pragma once

// The access log: one line for each answer, for people who look for one request among many. Setting: --access-log.

#include <chrono>
#include <string>

#include "http/exchange.hpp"

namespace firstcome::http {

/// "POST /v1/coupons/1/issues 201 0.412 ms". Without a query, which may hold what is nobody's business, and with "- -"
/// for a request that could not be read (`asked` is null). `took`: from its first byte to its answer, shown in
/// milliseconds.
std::string access_line(const request* asked, int status, std::chrono::nanoseconds took);

void log_access(const request* asked, int status, std::chrono::nanoseconds took);

}  // namespace firstcome::http
