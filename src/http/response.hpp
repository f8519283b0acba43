#pragma once

// Writes one response behind whatever already waits in a buffer.

#include <string>
#include <string_view>

namespace firstcome::http {

struct response {
  int status = 200;
  std::string_view content_type;
  std::string_view body;
  std::string_view extra_headers;          // complete lines, each ending in CRLF
  std::string_view standing_headers = {};  // the same, of every answer to this request
  bool with_body = true;                   // false: the head only, as HEAD wants it
  bool keep_alive = true;
  bool to_http_1_0 = false;  // such a client takes the connection for closed unless it is told
};

/// `date`: the value of the Date header, see `http_date`.
void append(std::string& out, const response& r, std::string_view date);

/// The present time as RFC 9110's IMF-fixdate; good for one second.
std::string http_date(std::int64_t unix_seconds);

inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace firstcome::http
