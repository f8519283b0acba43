#pragma once

// As much of an HTTP/1.1 answer as a load generator needs: status, length, whether the connection ends. Pure.

#include <cstddef>
#include <string_view>

namespace firstcome::load {

struct response {
  int status = 0;
  std::size_t length = 0;  // head and body, in bytes
  std::string_view body;   // empty when it came in chunks: only its end is looked for
  bool closes = false;     // `Connection: close`
  int retry_after_s = 0;   // `Retry-After`; 0 when there is none
};

enum class parsed { whole, partial, malformed };

/// Reads the first answer of `input`; `out` is set when it is whole. firstcome states a length; Spring, which is
/// measured beside it, answers in chunks. An answer with neither is malformed here (204 and 304 excepted).
parsed parse_response(std::string_view input, response& out);

}  // namespace firstcome::load
