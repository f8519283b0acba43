#pragma once

// The calls of an async_client, from the asking to the outcome, as a machine without I/O: events in, actions out.
//
//   ask                                    somebody wants an answer by a deadline
//   tick, turn_ended                       time
//   resolved … closed                      what became of a connection
//   writing, answered, not_taken           what became of what was to be sent
//   next_action                            what is to be done now: take all of them after every event
//
// It knows which calls wait and which are under way, what has left ("told or not"), where a redirection leads, when a
// deadline has passed, which node is ready, and what one call may cost the others. It reads no clock: the time is what
// the last event that has one said, and a tick comes every 10 ms while anything is under way.
//
// Invariants: each call that was asked has exactly one outcome, and never from inside `ask`. "Not executed" is said
// only of calls of which no byte left, or which Redis surely refused. By the first tick at its deadline a call has its
// outcome, and nothing is sent for it any more. A record is free again when the answer came or the connection is gone.
//
// Memory: `calls_max` calls of the largest size, node_table::nodes_max links, and the actions of one event.
// Thread safety: one thread, but for `connected` and `under_way`.

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "redis/call_action.hpp"
#include "redis/node_table.hpp"

namespace firstcome::redis {

class call_table {
 public:
  struct options {
    address at;
    durability wanted = durability::always;  // checked on every connect, on every master
    std::chrono::milliseconds connect_timeout{2000};
    std::chrono::milliseconds stall_max{1000};  // an answer may be late by so much
    std::size_t calls_max = 4096;               // under way, those included whose deadline has passed
  };
  static constexpr std::chrono::milliseconds tick_interval{10};

  call_table(options with, std::uint32_t seed);

  const address& at() const { return options_.at; }
  const node_table& nodes() const { return nodes_; }
  /// Every master is connected, and every slot has one. Any thread.
  bool connected() const { return connected_.load(std::memory_order_relaxed); }
  /// Calls that owe an answer or an outcome. Any thread.
  std::size_t under_way() const { return under_way_.load(std::memory_order_relaxed); }
  /// Records that were ever made: what its memory is counted in.
  std::size_t records() const { return calls_.size(); }

  // events
  void start(monotonic at);
  void stop();
  void ask(const script& what, texts keys, texts args, runtime::deadline until, completion& to);
  void ask(std::string_view key, texts words, runtime::deadline until, completion& to);
  void tick(monotonic at);
  void turn_ended();

  void resolved(std::size_t node, unsigned attempt, std::vector<std::string> addresses);
  void not_resolved(std::size_t node, unsigned attempt, std::string_view why);
  void opened(std::size_t node) { nodes_[node].opened(); }
  void greeted(std::size_t node, std::size_t step, reply_view answer);
  /// The connection cannot be used any more, although it is there.
  void broken(std::size_t node, std::string_view why);
  /// It is gone, and every call on it with it.
  void closed(std::size_t node, std::string_view why, monotonic at);

  /// All that was to be sent to that node is handed to the system's socket now.
  void writing(std::size_t node) { nodes_[node].writing(); }
  void not_taken(async_call& call);
  void answered(async_call& call, reply_view answer);

  /// nullptr: none is left. Good until the next event or the next call of this.
  const call_action* next_action();

 private:
  // calls
  async_call* admitted(std::string_view key, runtime::deadline until, completion& to);
  async_call& record();
  void dispatch(async_call& call);
  bool place(async_call& call);
  std::size_t route(const async_call& call);
  void wait(async_call& call, monotonic retry_at);
  void refuse_soon(completion& to, const char* why);
  void complete(async_call& call, call_action::kind outcome, std::string_view why,
                reply_view answer = reply_view(nullptr));
  void end(async_call& call, call_action::kind outcome, std::string_view why);
  void release(async_call& call);
  void tick_call(async_call& call, monotonic at);

  // errors
  void take_error(async_call& call, std::string_view error);
  void follow(async_call& call, std::string_view error, bool for_good);
  void say_refused(const async_call& call, std::string_view error);

  // nodes
  void carry_out(std::size_t node, node_link::order order);
  bool is_awaited(const node_address& node) const;
  void note_connected() { connected_.store(nodes_.all_connected(), std::memory_order_relaxed); }
  void ask_for_the_map(monotonic at);
  void map_came(std::size_t from, reply_view answer);
  void map_failed(std::string_view why);
  void tick_soon();
  void act(call_action what) { actions_.push_back(what); }

  const options options_;
  node_table nodes_;
  bool stopped_ = true;
  bool ticking_ = false;
  monotonic now_{};

  std::vector<std::unique_ptr<async_call>> calls_;
  std::vector<async_call*> free_;
  std::vector<std::pair<completion*, const char*>> refused_;  // told at the end of this turn
  bool asked_for_the_map_ = false;
  std::size_t map_node_ = 0;  // who was asked

  monotonic say_refused_at_{};  // when the next error is worth a line
  std::string said_;            // what went wrong last: said once

  std::vector<call_action> actions_;
  std::size_t next_action_ = 0;

  std::atomic<bool> connected_ = false;
  std::atomic<std::size_t> under_way_ = 0;
};

}  // namespace firstcome::redis
