#pragma once

// One asynchronous connection to one Redis node: hiredis' asynchronous interface, with the loop's readiness under it.
// All commands of one turn of the loop leave in one write; an answer costs one read. It shakes hands before it is
// ready, and connects again by itself, at ever longer intervals, when it is driven by `tick`.
//
//   down ──tick──▶ resolving ──▶ connecting ──▶ greeting ──▶ ready
//     ◀────────────── lost, dropped, refused, too slow ────────┘
//
// Invariant: each call that `send` took is given back exactly once, answered or lost; but not by the destructor.
// Thread safety: the loop's thread only. It is to outlive the loop's run: handlers that wait there refer to it.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <vector>

#include "domain/time.hpp"
#include "redis/address.hpp"
#include "redis/async_call.hpp"
#include "redis/backoff.hpp"
#include "redis/handshake.hpp"
#include "redis/reply.hpp"
#include "runtime/readiness.hpp"

struct redisAsyncContext;

namespace firstcome::redis {

class async_connection final : private runtime::readiness::watched {
 public:
  class listener {
   public:
    /// The call belongs to the listener again. It may be sent anew from inside.
    virtual void on_answer(async_connection& by, async_call& call, reply_view answer) = 0;
    /// `sent` is false when surely not a byte of it left.
    virtual void on_lost(async_call& call, bool sent) = 0;
    virtual void on_ready(async_connection& which) = 0;
    virtual void on_down(async_connection& which, const std::string& why) = 0;

   protected:
    ~listener() = default;
  };
  struct surroundings {
    boost::asio::io_context& context;
    runtime::readiness& sockets;
    const address& whole;
    durability wanted;
    std::chrono::milliseconds connect_timeout;
  };

  /// `hosts`: tried in turn, each at all addresses that its name has, until one is as it should be.
  async_connection(const surroundings& around, std::vector<node_address> hosts, listener& to);
  ~async_connection();

  bool ready() const { return state_ == state::ready; }
  /// Whom it is connected to, or will be next.
  const node_address& node() const { return hosts_[host_]; }

  /// Connects when that is due, and gives up attempts that take too long. `wanted`: false lets it stay down.
  void tick(monotonic now, bool wanted);
  /// Only when ready. False: it could not be taken, and surely was not sent.
  bool send(async_call& call);
  /// What is under way is lost. From inside `on_answer` it happens after the answers that have arrived.
  void drop(const std::string& why);
  /// Down for good, if nobody ticks any more.
  void stop();

 private:
  enum class state { down, resolving, connecting, greeting, ready, closing };

  void begin(monotonic now);
  void connect(const std::string& numeric_host);
  void greet();
  void judge(std::size_t step, reply_view answer);
  void on_ready(std::uint32_t events) override;
  void read();
  void write();
  void flush_soon();
  bool watch(bool room_to_write);
  void settle();
  void went_down();

  static void on_call_reply(redisAsyncContext* context, void* answer, void* call);
  static void on_greeting_reply(redisAsyncContext* context, void* answer, void* step);
  static void on_write_wanted(void* self);
  static void on_all_written(void* self);
  static void on_cleanup(void* self);

  const surroundings around_;
  const std::vector<node_address> hosts_;
  listener& to_;
  const handshake hello_;
  boost::asio::ip::tcp::resolver resolver_;
  backoff backoff_;

  state state_ = state::down;
  std::size_t host_ = 0;
  std::vector<std::string> addresses_;  // of the host's name, when it was looked up last
  std::size_t next_address_ = 0;        // the first of them that was not tried
  redisAsyncContext* context_ = nullptr;
  monotonic due_{};       // down: the next attempt; else: when the attempt has taken too long
  unsigned attempt_ = 0;  // so that a late resolver is recognized
  bool inside_ = false;   // hiredis is on the stack
  bool writing_ = false;  // to write
  bool freed_ = false;    // hiredis has freed the context, or is about to
  bool to_drop_ = false;  // as soon as hiredis is off the stack
  bool flush_posted_ = false;
  bool blocked_ = false;       // the socket's buffer is full
  std::uint64_t taken_ = 0;    // calls, over the life of the connection
  std::uint64_t flushed_ = 0;  // those of which a part may have left
  std::string why_;
};

}  // namespace firstcome::redis
