#include "http/request_framing.hpp"

#include <algorithm>
#include <utility>

namespace firstcome::http {

namespace {

constexpr std::size_t read_size = 4 * 1024;        // bytes asked for at once
constexpr std::size_t input_kept_max = 16 * 1024;  // a larger buffer is given back after the request that needed it

}  // namespace

std::span<char> request_framing::room() {
  const std::size_t missing = needed_ > buffer_.size() ? needed_ - buffer_.size() : 0;
  const auto free = buffer_.prepare(std::max(read_size, missing));
  return {static_cast<char*>(free.data()), free.size()};
}

request_framing::outcome request_framing::next() {
  switch (state_) {
    case state::head:
      return read_head();
    case state::limit:
      return outcome::head;
    case state::body_by_length:
      return read_body_by_length();
    case state::body_by_chunks:
      return read_body_by_chunks();
    case state::whole:
      return outcome::request;
    case state::refused:
      break;
  }
  return outcome::refused;
}

// A head that trickles in is not parsed again at every byte: when it may have ended, has doubled, or is too long.
bool request_framing::worth_parsing(std::string_view received) {
  const std::size_t seen = std::exchange(scanned_size_, received.size());
  if (received.size() >= std::min(2 * parsed_size_, head_max_)) return true;
  return received.find("\r\n\r\n", seen < 3 ? 0 : seen - 3) != std::string_view::npos;
}

request_framing::outcome request_framing::read_head() {
  const std::string_view received = bytes();
  if (received.empty() || !worth_parsing(received)) return outcome::need_more;
  const head_reading reading = read_request_head(received, head_, head_max_);
  switch (reading.outcome) {
    case head_outcome::need_more:
      parsed_size_ = received.size();
      return outcome::need_more;
    case head_outcome::malformed:
      return refuse({protocol_error::malformed, reading.detail});
    case head_outcome::length_required:
      return refuse({protocol_error::length_required, reading.detail});
    case head_outcome::too_large:
      return refuse({protocol_error::header_too_large, reading.detail});
    case head_outcome::complete:
      break;
  }
  head_size_ = reading.size;
  parsed_at_ = received.data();
  state_ = state::limit;
  return outcome::head;
}

void request_framing::allow_body(std::uint64_t body_max) {
  if (state_ != state::limit) return;
  if (head_.content_length > body_max) {
    refuse({protocol_error::body_too_large, {}});
  } else if (head_.chunked) {
    chunked_.assign(bytes().substr(0, head_size_));
    buffer_.consume(head_size_);
    chunks_ = chunked_body(body_max);
    state_ = state::body_by_chunks;
  } else {
    needed_ = head_size_ + static_cast<std::size_t>(head_.content_length);
    state_ = state::body_by_length;
  }
}

request_framing::outcome request_framing::read_body_by_length() {
  const std::string_view received = bytes();
  if (received.size() < needed_) return outcome::need_more;
  request_size_ = needed_;
  return whole(received.substr(0, head_size_), received.substr(head_size_, needed_ - head_size_));
}

request_framing::outcome request_framing::read_body_by_chunks() {
  std::string_view raw = bytes();
  const std::size_t size = raw.size();
  const chunked_body::outcome read = chunks_.read(raw, chunked_);
  buffer_.consume(size - raw.size());
  switch (read) {
    case chunked_body::outcome::need_more:
      return outcome::need_more;
    case chunked_body::outcome::refused:
      whole(std::string_view(chunked_).substr(0, head_size_), {});  // its method says how to answer
      return refuse(chunks_.why());
    case chunked_body::outcome::complete:
      break;
  }
  request_size_ = 0;
  const std::string_view all = chunked_;
  return whole(all.substr(0, head_size_), all.substr(head_size_));
}

// The buffer may have moved since the head was read.
request_framing::outcome request_framing::whole(std::string_view head, std::string_view body) {
  if (head.data() != parsed_at_) {
    const bool chunked = head_.chunked;
    read_request_head(head, head_, head_max_);
    head_.chunked = chunked;
    parsed_at_ = head.data();
  }
  body_ = body;
  state_ = state::whole;
  return outcome::request;
}

request_framing::outcome request_framing::refuse(refusal why) {
  why_ = why;
  state_ = state::refused;
  return outcome::refused;
}

bool request_framing::asks_to_continue() {
  const bool waits = state_ == state::body_by_length || state_ == state::body_by_chunks;
  return waits && head_.expects_continue && !head_.http_1_0 && !std::exchange(continued_, true);
}

void request_framing::forget_request() {
  buffer_.consume(request_size_);
  if (buffer_.size() == 0 && buffer_.capacity() > input_kept_max) buffer_.shrink_to_fit();
  chunked_.clear();
  if (chunked_.capacity() > input_kept_max) chunked_.shrink_to_fit();
  state_ = state::head;
  body_ = {};
  parsed_size_ = scanned_size_ = needed_ = request_size_ = 0;
  continued_ = false;
}

}  // namespace firstcome::http
