#pragma once

// As much of an HTTP/1.1 answer as a load generator needs: status, length, whether the connection ends. Pure.

#include <cstddef>
#include <string_view>

namespace firstcome::load {

struct response {
  int status = 0;
  std::size_t length = 0;  // head and body, in bytes
  std::string_view body;
  bool closes = false;    // `Connection: close`
  int retry_after_s = 0;  // `Retry-After`; 0 when there is none
};

enum class parsed { whole, partial, malformed };

/// Reads the first answer of `input`; `out` is set when it is whole. An answer that states no length is malformed here
/// (204 and 304 excepted): a server under load that answers in chunks is not the one that we measure.
parsed parse_response(std::string_view input, response& out);

}  // namespace firstcome::load
