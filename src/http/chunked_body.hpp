#pragma once

// Reads one body that comes in chunks (RFC 9112, 7.1), as a machine without I/O: bytes in; the body's bytes, or a
// refusal, out. Strict, because what two parsers read differently is what request smuggling lives on: sizes are plain
// hexadecimal digits, every line ends in CRLF, and nothing is skipped. Extensions and trailers are bounded and dropped.
// Thread safety: none.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/refusal.hpp"

namespace firstcome::http {

constexpr std::size_t chunk_size_digits_max = 16;
constexpr std::size_t chunk_extensions_max = 4 * 1024;  // bytes, of all chunks together
constexpr std::size_t trailers_max = 4 * 1024;          // bytes, of all trailer lines together

class chunked_body {
 public:
  enum class outcome : std::uint8_t { need_more, complete, refused };

  explicit chunked_body(std::uint64_t body_max = 0) : body_max_(body_max) {}

  /// Takes bytes from the front of `raw` and appends what they carry to `body`. `need_more`: took them all. `complete`:
  /// `raw` begins at the first byte after the body. Not to be called again after `complete` or `refused`.
  outcome read(std::string_view& raw, std::string& body);

  const refusal& why() const { return why_; }

 private:
  enum class state : std::uint8_t {
    size,        // the digits
    size_blank,  // blanks between the digits and the semicolon
    extension,   // from the semicolon to the end of the line
    size_end,    // the line's LF
    data,
    data_cr,
    data_lf,
    trailer,  // a line's first byte: of a trailer, or of the empty line that ends the body
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    complete,
    refused,
  };

  state after(char c);
  state after_size(char c);
  state after_size_line();
  state after_trailer(char c);
  state after_trailer_name();
  state refuse(std::string_view detail, protocol_error what = protocol_error::malformed);

  std::uint64_t body_max_;
  state state_ = state::size;
  std::uint64_t chunk_left_ = 0;
  std::size_t digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::string name_;  // of the present trailer, as sent
  refusal why_;
};

}  // namespace firstcome::http
