#include "http/connection.hpp"

#include <sys/epoll.h>

#include <array>
#include <charconv>

#include "http/loop_connections.hpp"
#include "http/response.hpp"
#include "runtime/log.hpp"

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
  bool await_ready() const { return self.writable_; }
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
  if (!readable_ || reads_in_turn_++ < reads_per_turn_max) return readable_;
  readable_ = false;
  home_.readiness().report_again(socket_.descriptor(), *this);
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
  ended_ = ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  readable_ = readable_ || ended_ || (events & EPOLLIN) != 0;
  writable_ = writable_ || ended_ || (events & EPOLLOUT) != 0;
  if ((waiting_ == waits_for::bytes && readable_) || (waiting_ == waits_for::room && writable_)) resume();
}

connection::connection(client_socket socket, loop_connections& home)
    : socket_(std::move(socket)), home_(home), framing_(home.limits().head_max) {
  deadline_ = home_.now() + home_.limits().idle_timeout;
}

const boost::asio::any_io_executor& connection::executor() const {
  return home_.executor();
}
runtime::completion_queue& connection::answers() const {
  return home_.loop();
}

void connection::start_on_reserve() {
  on_reserve_ = true;
  begin_deadline();
  deadline_ = home_.now() + home_.limits().reserve_timeout;
  run();
}

runtime::detached_task connection::run() {
  for (;;) {
    const waits_for next = advance();
    while (!broken_ && !send_some()) co_await until_writable{*this};
    if (broken_ || next == waits_for::nothing) break;
    if (next == waits_for::bytes) {
      co_await until_readable{*this};
      receive_some();
    } else if (next == waits_for::answer) {
      co_await until_answered{*this};
    }
  }
  // With unread bytes, closing would reset the connection, and the client might lose its last answer.
  if ((lingers_ || framing_.begun() || readable_) && !broken_) {
    socket_.shutdown_send();
    deadline_ = home_.now() + home_.limits().linger_timeout;
    while (!broken_) {
      co_await until_readable{*this};
      discard_some();
    }
  }
  home_.note_blocked(std::exchange(blocked_, 0), 0);
  socket_.close();
  // Whoever handles the last request may still hold this exchange: it was answered 503 at its deadline, and left alone.
  while (handling_ == handling::busy || handling_ == handling::abandoned) {
    handling_ = handling::busy;
    broken_ = true;
    co_await until_answered{*this};
  }
  home_.remove(*this);
}

// Handles every request that is completely there; says what to wait for next.
connection::waits_for connection::advance() {
  while (!closing_ && !broken_) {
    if (handling_ == handling::busy) return waits_for::answer;
    if (handling_ == handling::answered) finish_request();
    if (closing_) break;
    if (unsent_.size() - sent_ > unsent_max) return waits_for::room;
    if (!framing_.begun() && home_.draining()) closing_ = true;
    if (closing_) break;
    switch (framing_.next()) {
      case request_framing::outcome::need_more:
        return wait_for_more();
      case request_framing::outcome::head:
        head_only_ = framing_.head().method == method::head;
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
  const application::reception reception = home_.app().receive(framing_.head());
  standing_headers_ = reception.headers;
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
  keep_alive_ = head.keep_alive && !on_reserve_;
  http_1_0_ = head.http_1_0;
  handling_ = handling::busy;
  home_.app().handle(*this);
}

void connection::log_access(int status) const {
  if (!home_.limits().access_log) return;
  const bool known = handling_ != handling::none;  // else the request was refused before it could be read
  const std::string_view verb = known ? std::string_view(boost::beast::http::to_string(request_.method)) : "-";
  const std::chrono::duration<double, std::milli> took_ms = home_.exact_now() - begun_at_;
  std::array<char, 32> took;  // to_chars, and not a format: that costs every translation unit ten seconds to compile
  const auto took_end = std::to_chars(took.begin(), took.end(), took_ms.count(), std::chars_format::fixed, 3).ptr;
  std::string line(verb);
  line.append(" ").append(known ? request_.path : "-").append(" ").append(std::to_string(status)).append(" ");
  runtime::log::info(line.append(took.begin(), took_end).append(" ms"));
}

connection::waits_for connection::refuse(const refusal& why) {
  write_error(why);
  lingers_ = true;
  return waits_for::nothing;
}

void connection::write_error(const refusal& why) {
  const application::error_answer answer = home_.app().answer_to(why);
  closing_ = true;
  log_access(status_of(why.what));
  append(unsent_,
         {.status = status_of(why.what),
          .content_type = answer.content_type,
          .body = answer.body,
          .extra_headers = answer.extra_headers,
          .standing_headers = standing_headers_,
          .with_body = !head_only_,
          .keep_alive = false},
         home_.date());
}

void connection::respond(int status, std::string_view content_type, std::string_view body,
                         std::string_view extra_headers) {
  const bool unread = body.size() > output_kept_max && home_.blocked_in_all() > blocked_in_all_max;
  if (handling_ == handling::busy && !broken_ && unread) {
    write_error({protocol_error::overloaded, {}});
  } else if (handling_ == handling::busy && !broken_) {
    keep_alive_ = keep_alive_ && !home_.draining();
    append(unsent_,
           {.status = status,
            .content_type = content_type,
            .body = body,
            .extra_headers = extra_headers,
            .standing_headers = standing_headers_,
            .with_body = !head_only_,
            .keep_alive = keep_alive_,
            .to_http_1_0 = http_1_0_},
           home_.date());
    last_status_ = status;
  }
  handling_ = handling::answered;
  if (waiting_ == waits_for::answer) resume();
}

void connection::finish_request() {
  log_access(last_status_);
  reset_state();
  handling_ = handling::none;
  closing_ = !keep_alive_;
  framing_.forget_request();
  head_only_ = false;
  standing_headers_ = {};
  request_begun_ = framing_.begun();
  if (request_begun_) return begin_deadline();
  deadline_ = home_.now() + home_.limits().idle_timeout;
  home_.note_idle(*this);
}

void connection::begin_deadline() {
  deadline_ = home_.now() + home_.limits().request_timeout;
  if (home_.limits().access_log) begun_at_ = home_.exact_now();
}

void connection::receive_some() {
  if (broken_ || closing_) return;
  const std::span<char> room = framing_.room();
  const client_socket::transfer got = socket_.receive(room);
  framing_.received(got.size);
  // Fewer bytes than asked for: there are no more now, and the kernel will tell when there are.
  if (got.size < room.size() && !ended_) readable_ = false;
  if (got.ended) broken_ = true;  // with the client's sending ends the connection: no complete request waits here
  if (got.size == 0 || request_begun_) return;
  request_begun_ = true;
  if (on_reserve_) return;
  yielding.unlink();
  begin_deadline();
}

void connection::discard_some() {
  std::array<char, linger_read_size> nowhere;
  const client_socket::transfer got = socket_.receive(nowhere);
  if (got.ended) broken_ = true;
  if (got.would_block) readable_ = false;
}

// True: everything is sent, or nothing ever will be. False: the client must read first.
bool connection::send_some() {
  while (sent_ < unsent_.size()) {
    const client_socket::transfer gone = socket_.send({unsent_.data() + sent_, unsent_.size() - sent_});
    sent_ += gone.size;
    if (gone.ended) {
      broken_ = true;
      return true;
    }
    if (gone.would_block) {
      writable_ = false;
      note_blocked();
      return false;
    }
  }
  unsent_.clear();
  if (unsent_.capacity() > output_kept_max) unsent_.shrink_to_fit();
  sent_ = 0;
  if (blocked_ > 0) home_.note_blocked(std::exchange(blocked_, 0), 0);
  return true;
}

void connection::note_blocked() {
  if (blocked_ == 0) write_deadline_ = home_.now() + home_.limits().request_timeout;
  const std::size_t now_blocked = unsent_.size() - sent_;
  home_.note_blocked(std::exchange(blocked_, now_blocked), now_blocked);
}

void connection::sweep(monotonic now) {
  if (now < (waiting_ == waits_for::room ? write_deadline_ : deadline_)) return;
  switch (waiting_) {
    case waits_for::nothing:
      return;
    case waits_for::room:
      return cut();
    case waits_for::bytes:
      if ((!request_begun_ && !on_reserve_) || closing_) return cut();
      refuse({on_reserve_ ? protocol_error::overloaded : protocol_error::timed_out, {}});
      return resume();
    case waits_for::answer:
      if (closing_ || broken_) return;  // was answered already; its handler has not come back yet
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
  if (waiting_ != waits_for::bytes || closing_) return false;
  if (!on_reserve_) {
    cut();
    return true;
  }
  refuse({protocol_error::overloaded, {}});
  lingers_ = false;  // or it would hold its place on the reserve
  resume();
  return true;
}

void connection::abort() {
  if (waiting_ != waits_for::nothing) cut();
}

// `run` sees that nothing more can be sent or read, and leaves, or waits for whoever still handles its request.
void connection::cut() {
  broken_ = true;
  resume();
}

}  // namespace firstcome::http
