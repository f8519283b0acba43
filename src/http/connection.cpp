#include "http/connection.hpp"

#include <array>

#include "http/access_log.hpp"
#include "http/loop_connections.hpp"
#include "http/response.hpp"

namespace firstcome::http {

namespace {

constexpr std::size_t unsent_max = 64 * 1024;       // pipelined answers are sent before more requests are read
constexpr std::size_t output_kept_max = 16 * 1024;  // a larger buffer is given back after the request that needed it
constexpr std::size_t linger_read_size = 16 * 1024;
constexpr int reads_per_turn_max = 8;                               // before the loop's other clients get their turn
constexpr std::size_t blocked_in_all_max = std::size_t{256} << 20;  // bytes of the node that clients do not read

constexpr std::string_view nothing_changed =
    "No answer came in time. This only reads: nothing was changed. Ask again after Retry-After seconds.";

bool only_reads(method what) {
  return what == method::get || what == method::head;
}

}  // namespace

// The three things that `run` waits for. Whoever cuts a connection marks it as broken and resumes it.

struct connection::until_readable {
  connection& self;
  bool await_ready() const { return self.may_read_on(); }
  void await_suspend(std::coroutine_handle<> suspended) { self.suspend(waits_for::bytes, suspended); }
  void await_resume() {}
};

struct connection::until_writable {
  connection& self;
  bool await_ready() const { return self.socket_.writable(); }
  void await_suspend(std::coroutine_handle<> suspended) { self.suspend(waits_for::room, suspended); }
  void await_resume() {}
};

struct connection::until_answered {
  connection& self;
  bool await_ready() const { return self.handling_ != handling::busy; }
  void await_suspend(std::coroutine_handle<> suspended) { self.suspend(waits_for::answer, suspended); }
  void await_resume() {}
};

// A client that sends without end takes turns with the others of its loop.
bool connection::may_read_on() {
  if (!socket_.readable() || reads_in_turn_++ < reads_per_turn_max) return socket_.readable();
  socket_.wait_for_report();
  owner_.readiness().report_again(socket_.descriptor(), *this);
  return false;
}

void connection::suspend(waits_for what, std::coroutine_handle<> suspended) {
  waiting_ = what;
  suspended_ = suspended;
  reads_in_turn_ = 0;
}

void connection::resume() {
  waiting_ = waits_for::nothing;
  std::exchange(suspended_, nullptr).resume();
}

void connection::on_ready(std::uint32_t events) {
  socket_.on_ready(events);
  if ((waiting_ == waits_for::bytes && socket_.readable()) || (waiting_ == waits_for::room && socket_.writable()))
    resume();
}

connection::connection(client_socket socket, loop_connections& owner)
    : socket_(std::move(socket)),
      owner_(owner),
      framing_(owner.limits().head_max),
      deadline_(in(owner.limits().idle_timeout)) {}

const boost::asio::any_io_executor& connection::executor() const {
  return owner_.executor();
}
runtime::completion_queue& connection::answers() const {
  return owner_.loop();
}

void connection::start_on_reserve() {
  on_reserve_ = true;
  begin_deadline();
  deadline_ = in(owner_.limits().reserve_timeout);
  run();
}

runtime::detached_task connection::run() {
  for (;;) {
    const waits_for next = advance();
    while (phase_ != phase::broken && !send_some()) co_await until_writable{*this};
    if (phase_ == phase::broken || next == waits_for::nothing) break;
    if (next == waits_for::bytes) {
      co_await until_readable{*this};
      receive_some();
    } else if (next == waits_for::answer) {
      co_await until_answered{*this};
    }
  }
  // With unread bytes, closing would reset the connection, and the client might lose its last answer.
  if (phase_ == phase::lingering || (phase_ != phase::broken && (framing_.begun() || socket_.readable()))) {
    socket_.shutdown_send();
    deadline_ = in(owner_.limits().linger_timeout);
    while (phase_ != phase::broken) {
      co_await until_readable{*this};
      discard_some();
    }
  }
  owner_.note_blocked(std::exchange(blocked_, 0), 0);
  socket_.close();
  // Whoever handles the last request may still hold this exchange: it was answered 503 at its deadline, and left alone.
  while (handling_ == handling::busy || handling_ == handling::abandoned) {
    handling_ = handling::busy;
    close_at(phase::broken);
    co_await until_answered{*this};
  }
  owner_.remove(*this);
}

// Handles every request that is completely there; says what to wait for next.
connection::waits_for connection::advance() {
  while (phase_ == phase::open) {
    if (handling_ == handling::busy) return waits_for::answer;
    if (handling_ == handling::answered) finish_request();
    if (phase_ != phase::open) break;
    if (unsent_.size() - sent_ > unsent_max) return waits_for::room;
    if (!framing_.begun() && owner_.draining()) {
      close_at(phase::closing);
      break;
    }
    switch (framing_.next()) {
      case request_framing::outcome::need_more:
        return wait_for_more();
      case request_framing::outcome::head:
        form_.head_only = framing_.head().method == method::head;
        if (!receive_head()) return refuse({protocol_error::overloaded, {}});
        break;
      case request_framing::outcome::refused:
        return refuse(framing_.why());
      case request_framing::outcome::request:
        handle();
        break;
    }
  }
  return waits_for::nothing;
}

// False: there are too many connections, and nothing is kept in reserve for this request.
bool connection::receive_head() {
  const application::reception reception = owner_.app().receive(framing_.head());
  form_.standing_headers = reception.headers;
  framing_.allow_body(reception.body_max);
  return !on_reserve_ || reception.from_reserve;
}

connection::waits_for connection::wait_for_more() {
  if (framing_.asks_to_continue()) unsent_ += continue_response;
  return waits_for::bytes;
}

void connection::handle() {
  const request_head& head = framing_.head();
  request_ = {head.method,          head.path,         head.query,        head.content_type,
              head.authorization,   framing_.body(),   head.origin,       head.asked_method,
              head.idempotency_key, head.accepts_gzip, head.if_none_match};
  form_.keep_alive = head.keep_alive && !on_reserve_;
  form_.to_http_1_0 = head.http_1_0;
  handling_ = handling::busy;
  owner_.app().handle(*this);
}

void connection::note_answered(int status) const {
  if (!owner_.limits().access_log) return;
  // One that was refused before it could be read has nothing to show.
  log_access(handling_ == handling::none ? nullptr : &request_, status, owner_.exact_now() - begun_at_);
}

connection::waits_for connection::refuse(const refusal& why) {
  write_error(why);
  close_at(phase::lingering);
  return waits_for::nothing;
}

void connection::write_error(const refusal& why) {
  const application::error_answer answer = owner_.app().answer_to(why);
  close_at(phase::closing);
  note_answered(status_of(why.what));
  append(unsent_,
         {.status = status_of(why.what),
          .content_type = answer.content_type,
          .body = answer.body,
          .extra_headers = answer.extra_headers,
          .standing_headers = form_.standing_headers,
          .with_body = !form_.head_only,
          .keep_alive = false},
         owner_.date());
}

void connection::respond(int status, std::string_view content_type, std::string_view body,
                         std::string_view extra_headers) {
  const bool unread = body.size() > output_kept_max && owner_.blocked_in_all() > blocked_in_all_max;
  const bool heard = handling_ == handling::busy && phase_ != phase::broken;
  if (heard && unread) {
    write_error({protocol_error::overloaded, {}});
  } else if (heard) {
    form_.keep_alive = form_.keep_alive && !owner_.draining();
    append(unsent_,
           {.status = status,
            .content_type = content_type,
            .body = body,
            .extra_headers = extra_headers,
            .standing_headers = form_.standing_headers,
            .with_body = !form_.head_only,
            .keep_alive = form_.keep_alive,
            .to_http_1_0 = form_.to_http_1_0},
           owner_.date());
    last_status_ = status;
  }
  handling_ = handling::answered;
  if (waiting_ == waits_for::answer) resume();
}

void connection::finish_request() {
  note_answered(last_status_);
  reset_state();
  handling_ = handling::none;
  if (!form_.keep_alive) close_at(phase::closing);
  form_ = {};
  framing_.forget_request();
  request_begun_ = framing_.begun();
  if (request_begun_) return begin_deadline();
  deadline_ = in(owner_.limits().idle_timeout);
  owner_.note_idle(*this);
}

runtime::deadline connection::in(std::chrono::milliseconds duration) const {
  return runtime::deadline::after(duration, owner_.now());
}

void connection::begin_deadline() {
  deadline_ = in(owner_.limits().request_timeout);
  if (owner_.limits().access_log) begun_at_ = owner_.exact_now();
}

void connection::receive_some() {
  if (phase_ != phase::open) return;
  const std::span<char> room = framing_.room();
  const client_socket::transfer got = socket_.receive(room);
  framing_.received(got.size);
  // With the client's sending ends the connection: no complete request waits here.
  if (got.ended) close_at(phase::broken);
  if (got.size == 0 || request_begun_) return;
  request_begun_ = true;
  if (on_reserve_) return;
  yielding.unlink();
  begin_deadline();
}

void connection::discard_some() {
  std::array<char, linger_read_size> nowhere;
  const client_socket::transfer got = socket_.receive(nowhere);
  if (got.ended) close_at(phase::broken);
}

// True: everything is sent, or nothing ever will be. False: the client must read first.
bool connection::send_some() {
  while (sent_ < unsent_.size()) {
    const client_socket::transfer gone = socket_.send({unsent_.data() + sent_, unsent_.size() - sent_});
    sent_ += gone.size;
    if (gone.ended) {
      close_at(phase::broken);
      return true;
    }
    if (gone.would_block) {
      note_blocked();
      return false;
    }
  }
  unsent_.clear();
  if (unsent_.capacity() > output_kept_max) unsent_.shrink_to_fit();
  sent_ = 0;
  if (blocked_ > 0) owner_.note_blocked(std::exchange(blocked_, 0), 0);
  return true;
}

void connection::note_blocked() {
  if (blocked_ == 0) write_deadline_ = in(owner_.limits().request_timeout);
  const std::size_t now_blocked = unsent_.size() - sent_;
  owner_.note_blocked(std::exchange(blocked_, now_blocked), now_blocked);
}

void connection::sweep(monotonic now) {
  if (!(waiting_ == waits_for::room ? write_deadline_ : deadline_).passed(now)) return;
  switch (waiting_) {
    case waits_for::nothing:
      return;
    case waits_for::room:
      return cut();
    case waits_for::bytes:
      if ((!request_begun_ && !on_reserve_) || phase_ != phase::open) return cut();
      refuse({on_reserve_ ? protocol_error::overloaded : protocol_error::timed_out, {}});
      return resume();
    case waits_for::answer:
      if (phase_ != phase::open) return;  // was answered already; its handler has not come back yet
      if (pending() != nullptr && pending()->withdraw()) {
        handling_ = handling::answered;
        write_error({protocol_error::overloaded, {}});
      } else {
        handling_ = handling::abandoned;
        write_error({protocol_error::unavailable, only_reads(request_.method) ? nothing_changed : std::string_view{}});
      }
      return resume();
  }
}

void connection::drain() {
  if (waiting_ == waits_for::bytes && !request_begun_) cut();
}

bool connection::give_way() {
  yielding.unlink();
  if (waiting_ != waits_for::bytes || phase_ != phase::open) return false;
  if (!on_reserve_) {
    cut();
    return true;
  }
  write_error({protocol_error::overloaded, {}});  // and no lingering: it would hold its place on the reserve
  resume();
  return true;
}

void connection::abort() {
  if (waiting_ != waits_for::nothing) cut();
}

// `run` sees that nothing more can be sent or read, and leaves, or waits for whoever still handles its request.
void connection::cut() {
  close_at(phase::broken);
  resume();
}

}  // namespace firstcome::http
