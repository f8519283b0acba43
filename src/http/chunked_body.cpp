#include "http/chunked_body.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace firstcome::http {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// What may stand in a value: everything but control characters.
bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_token(char c) {
  constexpr std::string_view punctuation = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         punctuation.find(c) != std::string_view::npos;
}

}  // namespace

chunked_body::outcome chunked_body::read(std::string_view& raw, std::string& body) {
  while (!raw.empty() && state_ != state::complete && state_ != state::refused) {
    if (state_ == state::data) {
      const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_left_, raw.size()));
      body.append(raw.substr(0, size));
      raw.remove_prefix(size);
      chunk_left_ -= size;
      if (chunk_left_ == 0) state_ = state::data_cr;
      continue;
    }
    state_ = after(raw.front());
    raw.remove_prefix(1);
  }
  if (state_ == state::refused) return outcome::refused;
  return state_ == state::complete ? outcome::complete : outcome::need_more;
}

chunked_body::state chunked_body::after(char c) {
  switch (state_) {
    case state::size:
    case state::size_blank:
    case state::extension:
      return after_size(c);
    case state::size_end:
      return c == '\n' ? after_size_line() : refuse("The line of a chunk's size must end in CRLF.");
    case state::data_cr:
      return c == '\r' ? state::data_lf : refuse("A chunk has more bytes than its size says.");
    case state::data_lf:
      if (c != '\n') return refuse("A chunk must end in CRLF.");
      digits_ = 0;
      return state::size;
    case state::trailer:
    case state::trailer_name:
    case state::trailer_value:
    case state::trailer_lf:
    case state::last_lf:
      return after_trailer(c);
    case state::data:
    case state::complete:
    case state::refused:
      break;
  }
  return state_;
}

chunked_body::state chunked_body::after_size(char c) {
  if (state_ == state::size) {
    if (const int digit = hex_digit(c); digit >= 0) {
      if (++digits_ > chunk_size_digits_max) return refuse("The size of a chunk has too many digits.");
      chunk_left_ = chunk_left_ * 16 + static_cast<std::uint64_t>(digit);
      return state::size;
    }
    if (digits_ == 0) return refuse("The size of a chunk must be hexadecimal digits.");
  }
  if (state_ != state::size_blank && c == '\r') return state::size_end;
  if (state_ != state::extension) {
    if (!is_blank(c) && c != ';')
      return refuse("The size of a chunk must be hexadecimal digits, and CRLF behind them.");
  } else if (!is_text(c)) {
    return refuse("The line of a chunk's size must end in CRLF and have no control characters.");
  }
  if (++extension_bytes_ > chunk_extensions_max) return refuse("The extensions of the chunks are too long.");
  return state_ == state::extension || c == ';' ? state::extension : state::size_blank;
}

chunked_body::state chunked_body::after_size_line() {
  if (chunk_left_ == 0) return state::trailer;
  if (chunk_left_ > body_max_ - body_bytes_) return refuse({}, protocol_error::body_too_large);
  body_bytes_ += chunk_left_;
  return state::data;
}

chunked_body::state chunked_body::after_trailer(char c) {
  if (++trailer_bytes_ > trailers_max)
    return refuse("The trailers behind the body are too long.", protocol_error::header_too_large);
  switch (state_) {
    case state::trailer:
      if (c == '\r') return state::last_lf;
      name_.clear();
      [[fallthrough]];
    case state::trailer_name:
      if (c == ':' && !name_.empty()) return after_trailer_name();
      if (!is_token(c)) return refuse("The body must end in an empty line, or in trailers of the form `Name: value`.");
      name_ += c;
      return state::trailer_name;
    case state::trailer_value:
      if (c == '\r') return state::trailer_lf;
      return is_text(c) ? state::trailer_value : refuse("A trailer must end in CRLF and have no control characters.");
    case state::trailer_lf:
      return c == '\n' ? state::trailer : refuse("A trailer must end in CRLF.");
    default:
      return c == '\n' ? state::complete : refuse("The body must end in CRLF.");
  }
}

// These two say where a message ends; behind a body they can only be meant for another parser.
chunked_body::state chunked_body::after_trailer_name() {
  if (boost::beast::iequals(name_, "content-length") || boost::beast::iequals(name_, "transfer-encoding"))
    return refuse("Content-Length and Transfer-Encoding may not be trailers.");
  return state::trailer_value;
}

chunked_body::state chunked_body::refuse(std::string_view detail, protocol_error what) {
  why_ = {what, detail};
  return state::refused;
}

}  // namespace firstcome::http
