#pragma once

// One request and its answer, as a handler sees them. Lives inside the connection, on one event loop, and is used by
// that loop's thread only. The request's texts point into the connection's buffer and stay valid until `respond`.
//
// A handler answers exactly once: inside `handle` or later. If the deadline passes first, the connection asks
// `pending()` whether the work can be taken back, answers 503 itself, and keeps the exchange alive until `respond` was
// called (whose answer then goes nowhere). So a handler may always touch the exchange until it has answered.

#include <boost/asio/any_io_executor.hpp>
#include <boost/beast/http/verb.hpp>

#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "domain/time.hpp"
#include "http/refusal.hpp"
#include "http/request_head.hpp"
#include "runtime/completion_queue.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::http {

using method = boost::beast::http::verb;

struct request {
  http::method method{};
  std::string_view path;           // before the `?`, not decoded: no path of ours needs decoding
  std::string_view query;          // after the `?`
  std::string_view content_type;   // as sent; empty when there was none
  std::string_view authorization;  // as sent; empty when there was none
  std::string_view body;
  std::string_view origin = {};                          // as sent; a browser's, of the page that asks
  std::string_view asked_method = {};                    // as sent; of a browser that asks before it asks
  std::optional<std::string_view> idempotency_key = {};  // as sent
  bool accepts_gzip = false;
  std::string_view if_none_match = {};  // as sent
};

/// Work that waits elsewhere on behalf of an exchange.
class pending_work {
 public:
  /// The deadline has passed. True: taken back, surely nothing happened, and the handler will not answer any more.
  /// False: too late, the outcome is unknown, and the handler will still answer.
  virtual bool withdraw() = 0;

 protected:
  ~pending_work() = default;
};

class exchange {
 public:
  virtual const http::request& request() const = 0;
  virtual const boost::asio::any_io_executor& executor() const = 0;
  virtual runtime::completion_queue& answers() const = 0;
  virtual runtime::deadline deadline() const = 0;

  /// `extra_headers`: complete lines, each ending in CRLF. A HEAD request gets the same head and no body.
  virtual void respond(int status, std::string_view content_type, std::string_view body,
                       std::string_view extra_headers = {}) = 0;

  /// Builds the handler's own state inside the exchange: no allocation. Destroyed when the answer was given, or when
  /// the next one is built. At most one.
  template <class T, class... Args>
  T& emplace_state(Args&&... args) {
    static_assert(sizeof(T) <= state_size && alignof(T) <= alignof(std::max_align_t));
    reset_state();
    T* state = new (state_) T(std::forward<Args>(args)...);
    destroy_state_ = [](void* p) { static_cast<T*>(p)->~T(); };
    return *state;
  }

  void set_pending(pending_work* work) { pending_ = work; }
  pending_work* pending() const { return pending_; }

  /// The last token that came this way had a worthless signature. Kept from request to request, as long as the
  /// connection.
  bool is_suspect() const { return suspect_; }
  void suspect(bool it) { suspect_ = it; }

 protected:
  ~exchange() { reset_state(); }
  void reset_state() {
    pending_ = nullptr;
    if (auto* destroy = std::exchange(destroy_state_, nullptr)) destroy(state_);
  }

 private:
  static constexpr std::size_t state_size = 320;
  alignas(std::max_align_t) std::byte state_[state_size];
  void (*destroy_state_)(void*) = nullptr;
  pending_work* pending_ = nullptr;
  bool suspect_ = false;
};

/// What the connection needs to know of the application.
class application {
 public:
  virtual ~application() = default;

  /// Asked once the head was read.
  struct reception {
    std::size_t body_max = 0;       // bytes that the body may have
    std::string_view headers = {};  // complete lines for every answer to this request; they live as long as we do
    bool from_reserve = false;      // answered also when there are too many connections
  };
  virtual reception receive(const request_head& head) const = 0;
  virtual void handle(exchange& x) = 0;

  using protocol_error = http::protocol_error;
  struct error_answer {
    std::string_view content_type;
    std::string body;
    std::string extra_headers;
  };
  /// What the connection itself has to refuse, in the application's own format.
  virtual error_answer answer_to(const refusal& what) const = 0;
};

}  // namespace firstcome::http
