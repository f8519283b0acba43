#include "redis/async_connection.hpp"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "redis/tls.hpp"

namespace firstcome::redis {
namespace {

const std::string& asking() {
  static const std::string bytes = [] {
    std::string text;
    append_command(text, std::array<std::string_view, 1>{"ASKING"});
    return text;
  }();
  return bytes;
}

}  // namespace

async_connection::async_connection(const loop_context& loop, std::size_t node, listener& to)
    : loop_(loop), node_(node), listener_(to), resolver_(loop.context) {}

async_connection::~async_connection() {
  if (context_ == nullptr) return;
  context_->data = nullptr;  // nobody is told any more: the calls' owners may be gone
  redisAsyncFree(context_);
}

// ---- connecting

/// hiredis would block the loop for it.
void async_connection::resolve(const node_address& name, unsigned attempt) {
  resolver_.async_resolve(name.host, std::to_string(name.port),
                          [this, attempt](boost::system::error_code failed, const auto& found) {
                            if (failed) return listener_.on_not_resolved(node_, attempt, failed.message());
                            std::vector<std::string> addresses;
                            for (const auto& one : found) {
                              std::string address = one.endpoint().address().to_string();
                              if (std::ranges::find(addresses, address) == addresses.end())
                                addresses.push_back(std::move(address));
                            }
                            listener_.on_resolved(node_, attempt, std::move(addresses));
                          });
}

void async_connection::connect(const node_address& name, const std::string& numeric_host) {
  redisAsyncContext* const fresh = redisAsyncConnect(numeric_host.c_str(), name.port);
  if (fresh == nullptr || fresh->err != 0) {
    const std::string why = fresh == nullptr ? "no memory" : fresh->errstr;
    if (fresh != nullptr) redisAsyncFree(fresh);
    return listener_.on_closed(node_, why);
  }
  context_ = fresh;
  context_->data = this;
  context_->ev.data = this;
  context_->ev.addWrite = on_write_wanted;
  context_->ev.delWrite = on_all_written;
  context_->ev.cleanup = on_cleanup;
  opened_ = false;
  blocked_ = true;  // room to write is the sign that the connection is there
  if (!watch(true)) return listener_.on_broken(node_, "cannot be watched");
  try {
    if (loop_.tls) start_tls(context_->c, name);
  } catch (const store_unavailable& failure) {
    return listener_.on_broken(node_, failure.what());
  }
  greet();
}

void async_connection::greet() {
  for (std::size_t n = 0; n < loop_.hello.size(); ++n) {
    const std::string bytes = loop_.hello.bytes(n);
    redisAsyncFormattedCommand(context_, on_greeting_reply, reinterpret_cast<void*>(n), bytes.data(), bytes.size());
  }
}

void async_connection::on_greeting_reply(redisAsyncContext* context, void* answer, void* step) {
  if (context->data == nullptr || answer == nullptr) return;
  auto& self = *static_cast<async_connection*>(context->data);
  self.listener_.on_greeted(self.node_, reinterpret_cast<std::size_t>(step),
                            reply_view(static_cast<const redisReply*>(answer)));
}

// ---- calls

bool async_connection::send(async_call& call) {
  if (context_ == nullptr) return false;
  if (call.asking &&
      redisAsyncFormattedCommand(context_, nullptr, nullptr, asking().data(), asking().size()) != REDIS_OK)
    return false;
  const std::string_view bytes = call.request.bytes();
  return redisAsyncFormattedCommand(context_, on_call_reply, &call, bytes.data(), bytes.size()) == REDIS_OK;
}

/// Without an answer it comes when the connection ends, which `on_closed` says for all its calls.
void async_connection::on_call_reply(redisAsyncContext* context, void* answer, void* call) {
  if (context->data == nullptr || answer == nullptr) return;
  auto& self = *static_cast<async_connection*>(context->data);
  self.listener_.on_answered(*static_cast<async_call*>(call), reply_view(static_cast<const redisReply*>(answer)));
}

// ---- the socket

void async_connection::on_ready(std::uint32_t events) {
  if (context_ != nullptr && (!opened_ || (events & EPOLLOUT) != 0)) write();
  if (context_ != nullptr && (events & ~EPOLLOUT) != 0) read();
}

void async_connection::read() {
  inside_ = stack::reading;
  redisAsyncHandleRead(context_);
  leave_hiredis();
}

void async_connection::write() {
  if (!std::exchange(opened_, true)) listener_.on_opened(node_);
  listener_.on_writing(node_);
  inside_ = stack::writing;
  redisAsyncHandleWrite(context_);
  leave_hiredis();
}

/// Commands of the same turn wait for each other, and leave together.
void async_connection::flush_soon() {
  if (flush_posted_ || blocked_) return;
  flush_posted_ = true;
  boost::asio::post(loop_.context, [this] {
    flush_posted_ = false;
    if (context_ != nullptr && !blocked_) write();
  });
}

void async_connection::on_write_wanted(void* self) {
  auto& mine = *static_cast<async_connection*>(self);
  if (mine.inside_ != stack::writing) return mine.flush_soon();
  if (!std::exchange(mine.blocked_, true) && !mine.watch(true))
    mine.listener_.on_broken(mine.node_, "cannot be watched");
}

void async_connection::on_all_written(void* self) {
  auto& mine = *static_cast<async_connection*>(self);
  if (std::exchange(mine.blocked_, false) && !mine.watch(false))
    mine.listener_.on_broken(mine.node_, "cannot be watched");
}

bool async_connection::watch(bool room_to_write) {
  return loop_.sockets.watch_level(context_->c.fd, *this, room_to_write);
}

// ---- going down

void async_connection::close() {
  resolver_.cancel();
  if (context_ == nullptr) return listener_.on_closed(node_, "closed");
  to_close_ = true;
  if (inside_ == stack::none) leave_hiredis();
}

void async_connection::on_cleanup(void* self) {
  auto& mine = *static_cast<async_connection*>(self);
  mine.freed_ = true;
  mine.freed_why_ = mine.context_->c.err != 0 ? mine.context_->c.errstr : "closed";
}

/// hiredis is off the stack again: does what could not be done on it.
void async_connection::leave_hiredis() {
  if (to_close_ && !freed_) redisAsyncFree(context_);
  inside_ = stack::none;
  to_close_ = false;
  if (!std::exchange(freed_, false)) return;
  context_ = nullptr;
  listener_.on_closed(node_, freed_why_);
}

}  // namespace firstcome::redis
