#pragma once

// What a connection itself refuses, before or instead of a handler, and the words for it. The words are constants: a
// refusal is copied freely and costs nothing.

#include <cstdint>
#include <string_view>

namespace firstcome::http {

/// `overloaded`: surely nothing happened (too many connections, or work that was withdrawn at its deadline);
/// `unavailable`: unknown.
enum class protocol_error : std::uint8_t {
  malformed,
  length_required,  // the body's end cannot be known, and a Content-Length would tell
  timed_out,
  body_too_large,
  header_too_large,
  overloaded,
  unavailable,
};

constexpr int status_of(protocol_error what) {
  switch (what) {
    case protocol_error::malformed:
      return 400;
    case protocol_error::timed_out:
      return 408;
    case protocol_error::length_required:
      return 411;
    case protocol_error::body_too_large:
      return 413;
    case protocol_error::header_too_large:
      return 431;
    case protocol_error::overloaded:
    case protocol_error::unavailable:
      return 503;
  }
  return 500;
}

struct refusal {
  protocol_error what = protocol_error::malformed;
  std::string_view detail;  // what was wrong, in a sentence; empty: the usual one
};

}  // namespace firstcome::http
