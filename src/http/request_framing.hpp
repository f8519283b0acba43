#pragma once

// Where requests begin and end in the bytes of one connection, as a machine without I/O: bytes in; heads, whole
// requests and refusals out. After a refusal nothing further is read: where the next request begins is not known.
//
//   room(), received()    bytes in
//   next()                what they make: `head` once per request, answered by `allow_body`; then `request`
//   forget_request()      the request was answered; what was received behind it is the beginning of the next
//
// The texts of `head()` and `body()` point into the machine's buffers: those of a `head` are good until the next call,
// those of a `request` until `forget_request`.
// Thread safety: none. Memory: one head, one body within its limit, and what was received at once.

#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "http/chunked_body.hpp"
#include "http/request_head.hpp"

namespace firstcome::http {

class request_framing {
 public:
  enum class outcome : std::uint8_t { need_more, head, request, refused };

  explicit request_framing(std::size_t head_max = head_size_max) : head_max_(head_max) {}

  /// Where to put what is received; `received` says how much it was.
  std::span<char> room();
  void received(std::size_t size) { buffer_.commit(size); }

  outcome next();
  /// After `head`: how many bytes the body may have.
  void allow_body(std::uint64_t body_max);
  void forget_request();

  const request_head& head() const { return head_; }
  std::string_view body() const { return body_; }
  const refusal& why() const { return why_; }

  /// Bytes wait that no answered request has taken.
  bool begun() const { return buffer_.size() > 0 || state_ != state::head; }
  /// True once, after `need_more`, when the client waits for our word before it sends the body.
  bool asks_to_continue();

 private:
  enum class state : std::uint8_t { head, limit, body_by_length, body_by_chunks, whole, refused };

  std::string_view bytes() const { return {static_cast<const char*>(buffer_.data().data()), buffer_.size()}; }
  outcome read_head();
  outcome read_body_by_length();
  outcome read_body_by_chunks();
  outcome whole(std::string_view head, std::string_view body);
  outcome refuse(refusal why);
  bool worth_parsing(std::string_view received);

  const std::size_t head_max_;
  boost::beast::flat_buffer buffer_;
  state state_ = state::head;
  request_head head_;
  std::size_t head_size_ = 0;
  std::string_view body_;
  const char* parsed_at_ = nullptr;  // where head_ points
  std::size_t parsed_size_ = 0;      // bytes that did not make a head when it was last tried
  std::size_t scanned_size_ = 0;     // bytes in which no end of a head was found
  std::size_t needed_ = 0;           // bytes of the present request, where its length is known
  std::size_t request_size_ = 0;     // bytes of buffer_ that the whole request takes
  bool continued_ = false;
  chunked_body chunks_;
  std::string chunked_;  // head and body of a request that comes in chunks, whose bytes leave buffer_ as they come
  refusal why_;
};

}  // namespace firstcome::http
