#pragma once

// One client's connection: reads requests, has them handled one after the other, and writes the answers in that order.
//
// Life: made by its `loop_connections`, which own it; `run` is its only coroutine and, at its end, has them destroy it.
// All of it happens on the loop's thread. At any time it waits for exactly one thing: bytes, room to write, or an
// answer. Deadlines: one per request, from its first byte until its answer is known, never renewed by a trickle; one
// for writing that answer; one for idling. The loop's sweep enforces them, so that no request pays for a timer.

#include <boost/intrusive/list_hook.hpp>

#include <algorithm>
#include <coroutine>

#include "http/client_socket.hpp"
#include "http/exchange.hpp"
#include "http/request_framing.hpp"
#include "runtime/detached_task.hpp"
#include "runtime/readiness.hpp"

namespace firstcome::http {

class loop_connections;

class connection final : public exchange,
                         public runtime::readiness::watched,
                         public boost::intrusive::list_base_hook<> {
 public:
  /// Among those that may give way, while it stands there (see loop_connections).
  boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> yielding;

  connection(client_socket socket, loop_connections& owner);

  void start() { run(); }
  int descriptor() const { return socket_.descriptor(); }
  /// Instead of `start`: there are too many connections. Answers what the application keeps a reserve for, and tells
  /// everybody else so.
  void start_on_reserve();
  /// Cuts what is past its deadline. May destroy the connection.
  void sweep(monotonic now);
  /// No further request after the present one. May destroy the connection.
  void drain();
  /// For others that want in: an idle one is cut, one on the reserve is told that there are too many. May destroy the
  /// connection. False: it does something, and stays.
  bool give_way();
  /// Gives up at once, without an answer. May destroy the connection.
  void abort();

  void on_ready(std::uint32_t events) override;

  const http::request& request() const override { return request_; }
  const boost::asio::any_io_executor& executor() const override;
  runtime::completion_queue& answers() const override;
  runtime::deadline deadline() const override { return deadline_; }
  void respond(int status, std::string_view content_type, std::string_view body,
               std::string_view extra_headers) override;

 private:
  enum class waits_for { nothing, bytes, room, answer };
  enum class handling { none, busy, answered, abandoned };
  /// A connection enters these in this order, may skip some, and never goes back.
  enum class phase {
    open,
    closing,    // the answers that wait are the last ones
    lingering,  // so, and the client may still be sending: read on for a moment, or it would lose the answer
    broken      // nothing more can be sent or read
  };
  /// How the present request is to be answered.
  struct answer_form {
    bool head_only = false;
    bool keep_alive = true;
    bool to_http_1_0 = false;
    std::string_view standing_headers;  // of every answer to it
  };
  struct until_readable;
  struct until_writable;
  struct until_answered;

  runtime::detached_task run();
  waits_for advance();
  bool receive_head();
  waits_for wait_for_more();
  waits_for refuse(const refusal& why);
  void handle();
  void finish_request();
  runtime::deadline in(std::chrono::milliseconds duration) const;
  void begin_deadline();
  bool may_read_on();
  void note_blocked();
  void note_answered(int status) const;
  void close_at(phase least) { phase_ = std::max(phase_, least); }
  void receive_some();
  void discard_some();
  bool send_some();
  void cut();
  void suspend(waits_for what, std::coroutine_handle<> suspended);
  void resume();
  void write_error(const refusal& why);

  client_socket socket_;
  loop_connections& owner_;
  int reads_in_turn_ = 0;
  bool on_reserve_ = false;
  request_framing framing_;
  std::string unsent_;
  std::size_t sent_ = 0;     // bytes of unsent_ that are already on their way
  std::size_t blocked_ = 0;  // bytes that the client did not read at once; their deadline is set
  runtime::deadline write_deadline_ = runtime::deadline::never();

  http::request request_;
  bool request_begun_ = false;
  answer_form form_;

  handling handling_ = handling::none;
  waits_for waiting_ = waits_for::nothing;
  std::coroutine_handle<> suspended_;  // while it waits for anything
  runtime::deadline deadline_;
  monotonic begun_at_;  // for the access log only
  int last_status_ = 0;
  phase phase_ = phase::open;
};

}  // namespace firstcome::http
