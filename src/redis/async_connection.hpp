#pragma once

// One connection to one Redis node under a node_link (which decides when and where): the name service, and hiredis'
// asynchronous interface with the loop's readiness under it. All commands of one turn of the loop leave in one write;
// an answer costs one read.
//
// Invariant: `on_closed` comes once for every `connect` or `resolve` that was not followed by an answer, after the last
// event of that connection; but not from the destructor.
// Thread safety: the loop's thread only. It is to outlive the loop's run: handlers that wait there refer to it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

#include "redis/async_call.hpp"
#include "redis/handshake.hpp"
#include "redis/node_link.hpp"
#include "redis/reply.hpp"
#include "runtime/readiness.hpp"

struct redisAsyncContext;

namespace firstcome::redis {

class async_connection final : private runtime::readiness::watched {
 public:
  /// `node`: which of the listener's connections it is.
  class listener {
   public:
    virtual void on_resolved(std::size_t node, unsigned attempt, std::vector<std::string> addresses) = 0;
    virtual void on_not_resolved(std::size_t node, unsigned attempt, const std::string& why) = 0;
    virtual void on_opened(std::size_t node) = 0;
    virtual void on_greeted(std::size_t node, std::size_t step, reply_view answer) = 0;
    /// What was sent leaves now.
    virtual void on_writing(std::size_t node) = 0;
    virtual void on_answered(async_call& call, reply_view answer) = 0;
    /// It cannot be used any more: it is to be closed.
    virtual void on_broken(std::size_t node, const char* why) = 0;
    virtual void on_closed(std::size_t node, const std::string& why) = 0;

   protected:
    ~listener() = default;
  };
  struct loop_context {
    boost::asio::io_context& context;
    runtime::readiness& sockets;
    const handshake& hello;
    bool tls;
  };

  async_connection(const loop_context& loop, std::size_t node, listener& to);
  ~async_connection();

  void resolve(const node_address& name, unsigned attempt);
  void connect(const node_address& name, const std::string& numeric_host);
  /// False: it could not be taken, and surely was not sent.
  bool send(async_call& call);
  /// From inside hiredis it happens after the answers that have arrived.
  void close();

 private:
  enum class stack : std::uint8_t { none, reading, writing };  // where hiredis is

  void greet();
  void on_ready(std::uint32_t events) override;
  void read();
  void write();
  void flush_soon();
  bool watch(bool room_to_write);
  void leave_hiredis();

  static void on_call_reply(redisAsyncContext* context, void* answer, void* call);
  static void on_greeting_reply(redisAsyncContext* context, void* answer, void* step);
  static void on_write_wanted(void* self);
  static void on_all_written(void* self);
  static void on_cleanup(void* self);

  const loop_context loop_;
  const std::size_t node_;
  listener& listener_;
  boost::asio::ip::tcp::resolver resolver_;

  redisAsyncContext* context_ = nullptr;
  stack inside_ = stack::none;
  bool opened_ = false;    // there was room to write
  bool freed_ = false;     // hiredis has freed the context, or is about to
  bool to_close_ = false;  // as soon as hiredis is off the stack
  bool flush_posted_ = false;
  bool blocked_ = false;  // the socket's buffer is full
  std::string freed_why_;
};

}  // namespace firstcome::redis
