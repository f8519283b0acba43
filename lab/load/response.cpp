#include "lab/load/response.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace firstcome::load {
namespace {

constexpr std::size_t status_line_min = sizeof("HTTP/1.1 200\r\n") - 1;
constexpr std::size_t chunk_bytes_max = 1 << 20;

std::optional<int> status_of(std::string_view input) {
  if (!input.starts_with("HTTP/1.1 ")) return std::nullopt;
  unsigned status = 0;  // unsigned, so that a minus sign is no digit
  const char* digits = input.data() + 9;
  const auto [end, error] = std::from_chars(digits, digits + 3, status);
  if (error != std::errc{} || end != digits + 3) return std::nullopt;
  return static_cast<int>(status);
}

/// The rest of `line` when it is the field `name` (which includes the colon).
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  if (line.size() < name.size() || strncasecmp(line.data(), name.data(), name.size()) != 0) return std::nullopt;
  line.remove_prefix(name.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  return line;
}

struct fields {
  std::optional<std::size_t> content_length;
  bool chunked = false;
  bool closes = false;
  int retry_after_s = 0;
};

fields read_fields(std::string_view head) {
  fields found;
  for (std::size_t end = head.find("\r\n"); end != head.npos; end = head.find("\r\n")) {
    head.remove_prefix(end + 2);
    if (head.empty() || std::string_view("CcRrTt").find(head.front()) == head.npos) continue;  // what matters begins so
    const std::string_view line = head.substr(0, head.find('\r'));
    if (const auto length = value_of(line, "content-length:")) {
      std::size_t n = 0;
      if (std::from_chars(length->data(), length->data() + length->size(), n).ec == std::errc{})
        found.content_length = n;
    } else if (const auto connection = value_of(line, "connection:")) {
      found.closes = strncasecmp(connection->data(), "close", std::min<std::size_t>(5, connection->size())) == 0;
    } else if (const auto coding = value_of(line, "transfer-encoding:")) {
      found.chunked = strncasecmp(coding->data(), "chunked", std::min<std::size_t>(7, coding->size())) == 0;
    } else if (const auto wait = value_of(line, "retry-after:")) {
      std::from_chars(wait->data(), wait->data() + wait->size(), found.retry_after_s);
    }
  }
  return found;
}

/// How many bytes the chunks at the beginning of `input` take, their end included. Trailers are not read: none were
/// asked for.
parsed measure_chunks(std::string_view input, std::size_t& length) {
  std::size_t at = 0;
  while (true) {
    const std::size_t line = input.find("\r\n", at);
    if (line == input.npos) return parsed::partial;
    std::size_t size = 0;
    const char* const digits = input.data() + at;
    if (std::from_chars(digits, input.data() + line, size, 16).ec != std::errc{} || size > chunk_bytes_max)
      return parsed::malformed;
    at = line + 2 + size + 2;
    if (at > input.size()) return parsed::partial;
    if (input.substr(at - 2, 2) != "\r\n") return parsed::malformed;
    if (size == 0) break;
  }
  length = at;
  return parsed::whole;
}

}  // namespace

parsed parse_response(std::string_view input, response& out) {
  if (input.size() < status_line_min) return parsed::partial;
  const auto status = status_of(input);
  if (!status) return parsed::malformed;
  const std::size_t head = input.find("\r\n\r\n");
  if (head == input.npos) return parsed::partial;

  const fields found = read_fields(input.substr(0, head + 2));
  if (found.chunked) {
    std::size_t chunks = 0;
    const parsed outcome = measure_chunks(input.substr(head + 4), chunks);
    if (outcome != parsed::whole) return outcome;
    out = {.status = *status,
           .length = head + 4 + chunks,
           .body = {},
           .closes = found.closes,
           .retry_after_s = found.retry_after_s};
    return parsed::whole;
  }
  const bool bodyless = *status == 204 || *status == 304;
  if (!found.content_length && !bodyless) return parsed::malformed;
  const std::size_t body = found.content_length.value_or(0);
  const std::size_t length = head + 4 + body;
  if (length > input.size()) return parsed::partial;
  out = {.status = *status,
         .length = length,
         .body = input.substr(head + 4, body),
         .closes = found.closes,
         .retry_after_s = found.retry_after_s};
  return parsed::whole;
}

}  // namespace firstcome::load
