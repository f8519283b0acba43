#pragma once

// Reads the head of one request out of a buffer: a pure function over Beast's parser, which keeps no copy of anything.
// What it refuses beyond Beast: any Transfer-Encoding but `chunked`, once, in HTTP/1.1, without a Content-Length (what
// two parsers read differently is what request smuggling lives on); more than one Content-Length or Host, folded header
// lines, a missing or impossible Host in HTTP/1.1.

#include <boost/beast/http/verb.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace firstcome::http {

constexpr std::size_t head_size_max = 8 * 1024;  // bytes, request line included; the usual limit

/// The texts point into the buffer that was read.
struct request_head {
  boost::beast::http::verb method{};
  std::string_view path;   // as sent, before the `?`; begins with '/'
  std::string_view query;  // as sent, after the `?`
  std::string_view content_type;
  std::string_view authorization;
  std::string_view origin;        // what a browser says of the page that asks
  std::string_view asked_method;  // Access-Control-Request-Method: of a browser that asks before it asks
  std::optional<std::string_view> idempotency_key;
  std::uint64_t content_length = 0;  // 0 when the body is chunked
  bool chunked = false;
  bool keep_alive = false;
  bool http_1_0 = false;
  bool expects_continue = false;
  bool accepts_gzip = false;
  std::string_view if_none_match;  // as sent
};

enum class head_outcome {
  need_more,
  complete,
  malformed,
  length_required,  // a body in a form that is not read; a Content-Length would help
  too_large,
};

struct head_reading {
  head_outcome outcome = head_outcome::need_more;
  std::size_t size = 0;     // bytes of the head, when complete
  std::string_view detail;  // what was wrong, in a sentence; a constant, or empty
};

/// `received` begins at the request's first byte and may go on past its head.
head_reading read_request_head(std::string_view received, request_head& head, std::size_t size_max = head_size_max);

}  // namespace firstcome::http
