#include "redis/async_connection.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "redis/tls.hpp"

namespace firstcome::redis {
namespace {

monotonic now() {
  return std::chrono::steady_clock::now();
}

const std::string& asking() {
  static const std::string bytes = [] {
    std::string text;
    append_command(text, std::array<std::string_view, 1>{"ASKING"});
    return text;
  }();
  return bytes;
}

}  // namespace

async_connection::async_connection(const surroundings& around, std::vector<node_address> hosts, listener& to)
    : around_(around),
      hosts_(std::move(hosts)),
      to_(to),
      hello_(around.whole, around.wanted),
      resolver_(around.context) {}

async_connection::~async_connection() {
  if (context_ == nullptr) return;
  context_->data = nullptr;  // nobody is told any more: the calls' owners may be gone
  redisAsyncFree(context_);
}

// ---- connecting

void async_connection::tick(monotonic now, bool wanted) {
  if (now < due_) return;
  switch (state_) {
    case state::down:
      if (wanted) begin(now);
      return;
    case state::resolving:
    case state::connecting:
    case state::greeting:
      return drop("did not answer in time");
    case state::ready:
    case state::closing:
      return;
  }
}

void async_connection::begin(monotonic now) {
  due_ = now + around_.connect_timeout;
  why_.clear();
  ++attempt_;
  boost::system::error_code is_name;
  boost::asio::ip::make_address(node().host, is_name);
  if (!is_name) return connect(node().host);
  if (next_address_ < addresses_.size()) return connect(std::string(addresses_[next_address_++]));
  state_ = state::resolving;  // hiredis would block the loop for it
  resolver_.async_resolve(node().host, std::to_string(node().port),
                          [this, mine = attempt_](boost::system::error_code failed, const auto& found) {
                            if (mine != attempt_ || state_ != state::resolving) return;
                            if (failed) return drop(failed.message());
                            addresses_.clear();
                            for (const auto& one : found) {
                              std::string address = one.endpoint().address().to_string();
                              if (std::ranges::find(addresses_, address) == addresses_.end())
                                addresses_.push_back(std::move(address));
                            }
                            next_address_ = 1;
                            connect(std::string(addresses_.front()));
                          });
}

void async_connection::connect(const std::string& numeric_host) {
  state_ = state::connecting;
  redisAsyncContext* const fresh = redisAsyncConnect(numeric_host.c_str(), node().port);
  if (fresh == nullptr || fresh->err != 0) {
    why_ = fresh == nullptr ? "no memory" : fresh->errstr;
    if (fresh != nullptr) redisAsyncFree(fresh);
    return went_down();
  }
  context_ = fresh;
  context_->data = this;
  context_->ev.data = this;
  context_->ev.addWrite = on_write_wanted;
  context_->ev.delWrite = on_all_written;
  context_->ev.cleanup = on_cleanup;
  taken_ = flushed_ = 0;
  blocked_ = true;  // room to write is the sign that the connection is there
  if (!watch(true)) return drop("cannot be watched");
  try {
    if (around_.whole.tls) start_tls(context_->c, node());
  } catch (const store_unavailable& failure) {
    return drop(failure.what());
  }
  greet();
}

void async_connection::greet() {
  for (std::size_t n = 0; n < hello_.size(); ++n) {
    const std::string bytes = hello_.bytes(n);
    redisAsyncFormattedCommand(context_, on_greeting_reply, reinterpret_cast<void*>(n), bytes.data(), bytes.size());
  }
}

void async_connection::judge(std::size_t step, reply_view answer) {
  if (state_ != state::greeting || to_drop_) return;
  if (const auto refusal = hello_.judge(step, answer)) return drop(refusal->sentence);
  if (step + 1 < hello_.size()) return;
  state_ = state::ready;
  backoff_.succeeded();
  addresses_.clear();  // looked up again when it is lost
  next_address_ = 0;
  to_.on_ready(*this);
}

// ---- calls

bool async_connection::send(async_call& call) {
  if (call.asking &&
      redisAsyncFormattedCommand(context_, nullptr, nullptr, asking().data(), asking().size()) != REDIS_OK)
    return false;
  const std::string_view bytes = call.request.bytes();
  if (redisAsyncFormattedCommand(context_, on_call_reply, &call, bytes.data(), bytes.size()) != REDIS_OK) return false;
  call.at = this;
  call.number = ++taken_;
  return true;
}

void async_connection::on_call_reply(redisAsyncContext* context, void* answer, void* which) {
  if (context->data == nullptr) return;
  auto& self = *static_cast<async_connection*>(context->data);
  auto& call = *static_cast<async_call*>(which);
  call.at = nullptr;
  if (answer != nullptr) return self.to_.on_answer(self, call, reply_view(static_cast<const redisReply*>(answer)));
  self.state_ = state::closing;  // whoever is told now and asks again must not be sent here
  self.to_.on_lost(call, call.number <= self.flushed_);
}

void async_connection::on_greeting_reply(redisAsyncContext* context, void* answer, void* step) {
  auto& self = *static_cast<async_connection*>(context->data);
  if (answer != nullptr)
    self.judge(reinterpret_cast<std::size_t>(step), reply_view(static_cast<const redisReply*>(answer)));
}

// ---- the socket

void async_connection::on_ready(std::uint32_t events) {
  if (context_ != nullptr && (state_ == state::connecting || (events & EPOLLOUT) != 0)) write();
  if (context_ != nullptr && (events & ~EPOLLOUT) != 0) read();
}

void async_connection::read() {
  inside_ = true;
  redisAsyncHandleRead(context_);
  settle();
}

void async_connection::write() {
  if (state_ == state::connecting) state_ = state::greeting;
  flushed_ = taken_;
  inside_ = writing_ = true;
  redisAsyncHandleWrite(context_);
  writing_ = false;
  settle();
}

/// Commands of the same turn wait for each other, and leave together.
void async_connection::flush_soon() {
  if (flush_posted_ || blocked_) return;
  flush_posted_ = true;
  boost::asio::post(around_.context, [this] {
    flush_posted_ = false;
    if (context_ != nullptr && !blocked_) write();
  });
}

void async_connection::on_write_wanted(void* self) {
  auto& mine = *static_cast<async_connection*>(self);
  if (mine.writing_) {
    if (!mine.blocked_ && !mine.watch(true)) mine.drop("cannot be watched");
    mine.blocked_ = true;
    return;
  }
  mine.flush_soon();
}

void async_connection::on_all_written(void* self) {
  auto& mine = *static_cast<async_connection*>(self);
  if (mine.blocked_ && !mine.watch(false)) mine.drop("cannot be watched");
  mine.blocked_ = false;
}

bool async_connection::watch(bool room_to_write) {
  return around_.sockets.watch_level(context_->c.fd, *this, room_to_write);
}

// ---- going down

void async_connection::drop(const std::string& why) {
  if (why_.empty()) why_ = why;
  if (context_ == nullptr) return went_down();
  to_drop_ = true;
  if (!inside_) settle();
}

void async_connection::on_cleanup(void* self) {
  auto& mine = *static_cast<async_connection*>(self);
  mine.freed_ = true;
  if (mine.why_.empty()) mine.why_ = mine.context_->c.err != 0 ? mine.context_->c.errstr : "closed";
}

void async_connection::stop() {
  resolver_.cancel();
  if (state_ != state::down) drop("this node stops");
}

/// hiredis is off the stack again: does what could not be done on it.
void async_connection::settle() {
  if (to_drop_ && !freed_) {
    state_ = state::closing;
    inside_ = true;
    redisAsyncFree(context_);
  }
  inside_ = to_drop_ = false;
  if (freed_) went_down();
}

void async_connection::went_down() {
  context_ = nullptr;
  freed_ = false;
  state_ = state::down;
  const std::string why = "Redis at " + to_string(node()) + ": " + why_;
  if (next_address_ < addresses_.size()) {  // another address of the same name
    due_ = {};
  } else {
    due_ = now() + backoff_.next();
    host_ = (host_ + 1) % hosts_.size();
    addresses_.clear();
    next_address_ = 0;
  }
  to_.on_down(*this, why);
}

}  // namespace firstcome::redis
