#pragma once

// Drives a call_table through the events that its input names, in whatever order, as the loop, the sockets and the
// servers of a cluster might: replies of all kinds, connections that open, are refused or cut, names that are not
// found, callers that ask again from inside an outcome, time that jumps. Throws what promise was broken.
//
// What it checks is written down on its own: which bytes are on their way to whom, and who was told what.

#include <deque>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "redis/call_table.hpp"
#include "redis/error_reply.hpp"
#include "support/redis_reply.hpp"

namespace firstcome::testing {

class call_table_trial {
 public:
  call_table_trial(const std::uint8_t* data, std::size_t size)
      : data_(data), size_(size), table_(options_for((next() & 1) != 0), 1) {}

  void run() {
    event([&] { table_.start(now_); });
    while (at_ < size_) step();
    event([&] { table_.stop(); });
    for (std::size_t n = 0; n < connections_.size(); ++n) lose(n);
    end_turn();
    for (const caller& each : callers_) check(each.outcomes == 1, "each call has its outcome in the end");
    check(table_.under_way() == 0, "nothing is under way in the end");
  }

 private:
  static constexpr std::size_t calls_max = 8;
  static constexpr std::size_t callers_max = 4000;
  using outcome = redis::call_action::kind;

  struct caller final : redis::completion {
    explicit caller(call_table_trial& of) : trial(of) {}
    void replied(redis::reply_view) override { trial.note_outcome(*this, outcome::replied); }
    void not_executed(std::string_view) override { trial.note_outcome(*this, outcome::not_executed); }
    void unknown(std::string_view) override { trial.note_outcome(*this, outcome::unknown); }
    call_table_trial& trial;
    monotonic deadline{};
    int outcomes = 0;
    bool asking = false;  // `ask` is on the stack
  };
  struct sent {
    redis::async_call* call = nullptr;
    caller* by = nullptr;  // nullptr: the table itself, for the map
    bool written = false;
  };
  struct connection {
    enum class state { none, resolving, connecting, open } now = state::none;
    std::size_t greeted = 0;
    std::deque<sent> owed;  // in order
    bool to_close = false;  // was asked for, and is still to be done
  };

  static redis::call_table::options options_for(bool cluster) {
    redis::address at;
    at.cluster = cluster;
    at.nodes = {{"redis.test", 7000}, {"10.0.0.1", 7001}};
    return {.at = at,
            .wanted = redis::durability::assumed,
            .connect_timeout = std::chrono::milliseconds(300),
            .stall_max = std::chrono::milliseconds(200),
            .calls_max = calls_max};
  }

  static void check(bool holds, const char* promise) {
    if (!holds) throw std::logic_error(promise);
  }

  std::uint8_t next() { return at_ < size_ ? data_[at_++] : 0; }

  // ---- events

  template <class Event>
  void event(Event happens) {
    happens();
    while (const redis::call_action* const one = table_.next_action()) carry_out(redis::call_action(*one));
    check(table_.under_way() <= calls_max + 3, "the calls under way are bounded");
    check(table_.records() <= calls_max + 3, "the records are bounded");
    check(table_.nodes().size() <= redis::node_table::nodes_max, "the nodes are bounded");
  }

  void step() {
    const std::uint8_t what = next();
    switch (what % 14) {
      case 0:
      case 1:
        return ask(what % 14 == 1);
      case 2:
        return write(some());
      case 3:
      case 4:
        return answer(some());
      case 5:
        return tick();
      case 6:
        return end_turn();
      case 7:
        return open(some());
      case 8:
        return greet(some());
      case 9:
        return lose(some());
      case 10:
        return resolve(some());
      case 11:
        return bring_up();
      case 12:
        not_taken_ = next() % 2;
        asks_again_ = next() % 8;
        return;
      case 13:
        return restart_or_break();
    }
  }

  std::size_t some() { return connections_.empty() ? 0 : next() % connections_.size(); }
  bool there(std::size_t node) const { return node < connections_.size(); }

  void ask(bool script) {
    static const redis::script what("return 1");
    if (callers_.size() >= callers_max) return;
    caller& one = callers_.emplace_back(*this);
    one.deadline = now_ + std::chrono::milliseconds(4 * next() - 8);
    const std::string key(1, static_cast<char>('a' + next() % 8));
    const std::string_view keys[] = {key};
    one.asking = true;
    // What is asked from inside an outcome is acted on by the event that the outcome belongs to.
    if (script)
      table_.ask(what, keys, keys, runtime::deadline(one.deadline), one);
    else
      table_.ask(key, keys, runtime::deadline(one.deadline), one);
    one.asking = false;
    if (!telling_) event([] {});
  }

  void write(std::size_t node) {
    if (!there(node) || connections_[node].now != connection::state::open) return;
    event([&] { table_.writing(node); });
    for (sent& each : connections_[node].owed) each.written = true;
  }

  void answer(std::size_t node) {
    if (!there(node) || connections_[node].owed.empty() || !connections_[node].owed.front().written) return;
    const sent which = connections_[node].owed.front();
    connections_[node].owed.pop_front();
    const std::string text = which.by == nullptr ? map() : words();
    const redis::reply reply = parsed_reply(text);
    answering_ = which.by;
    kind_ = reply.is_error() ? redis::kind_of(reply.text()) : redis::error_kind::moved;
    is_error_ = reply.is_error();
    event([&] { table_.answered(*which.call, reply); });
    answering_ = nullptr;
  }

  std::string words() {
    static constexpr const char* all[] = {"+OK",           "$1\r\nx",         "-TRYAGAIN m",  "-CLUSTERDOWN h",
                                          "-LOADING r",    "-READONLY",       "-NOSCRIPT no", "-OOM command",
                                          "-ERR half-way", "-MOVED nonsense", "-MOVED 7 ",    "-ASK 7 ",
                                          "-MASTERDOWN l", "-MOVED 7 :7001",  "*1\r\n:1"};
    const std::string one = all[next() % std::size(all)];
    return one + (one.ends_with("7 ") ? host() : "") + "\r\n";
  }

  std::string host() {
    const int which = next();
    return "10.0." + std::to_string(next() % 8) + "." + std::to_string(which) + ":" + std::to_string(7000 + next() % 4);
  }

  std::string map() {
    const int last = next() % 2 == 0 ? 16383 : 8000;
    const std::string host = "10.0.0." + std::to_string(next() % 3 + 1);
    if (next() % 8 == 0) return "-ERR no\r\n";
    return "*1\r\n*3\r\n:0\r\n:" + std::to_string(last) + "\r\n*2\r\n$" + std::to_string(host.size()) + "\r\n" + host +
           "\r\n:7001\r\n";
  }

  void tick() {
    now_ += std::chrono::milliseconds(next());
    event([&] { table_.tick(now_); });
    end_turn();
    for (const caller& each : callers_)
      check(each.deadline > now_ || each.outcomes == 1, "who was asked until now has an outcome");
  }

  void end_turn() {
    while (std::exchange(turn_to_end_, false)) event([&] { table_.turn_ended(); });
  }

  void open(std::size_t node) {
    if (!there(node) || connections_[node].now != connection::state::connecting) return;
    connections_[node].now = connection::state::open;
    event([&] {
      table_.opened(node);
      table_.writing(node);
    });
  }

  void greet(std::size_t node, bool well = false) {
    if (!there(node) || connections_[node].now != connection::state::open) return;
    connection& one = connections_[node];
    if (one.greeted >= table_.nodes().hello().size()) return;
    const redis::reply said = parsed_reply(well || next() % 8 != 0 ? "+OK\r\n" : "-LOADING data\r\n");
    const std::size_t step = one.greeted++;
    event([&] { table_.greeted(node, step, said); });
  }

  void lose(std::size_t node) {
    if (!there(node) || connections_[node].now == connection::state::none) return;
    if (connections_[node].now == connection::state::resolving && !connections_[node].to_close) return;
    event([&] { closed(node); });
  }

  void closed(std::size_t node) {
    lost_ = std::exchange(connections_[node].owed, {});
    connections_[node] = {};
    table_.closed(node, "cut", now_);
  }

  void resolve(std::size_t node) {
    const std::uint8_t how = next();
    const unsigned attempt = there(node) ? table_.nodes()[node].attempt() - how % 2 : 0;
    if (!there(node) || connections_[node].now != connection::state::resolving) return;
    event([&] {
      if (how < 64) return table_.not_resolved(node, attempt, "no such name");
      table_.resolved(node, attempt, std::vector<std::string>(how % 3, "10.0.0.1"));
    });
  }

  void bring_up() {
    for (int round = 0; round < 3; ++round) {
      now_ += std::chrono::milliseconds(20);
      event([&] { table_.tick(now_); });
      for (std::size_t n = 0; n < connections_.size(); ++n) {
        if (connections_[n].now == connection::state::resolving)
          event([&] { table_.resolved(n, table_.nodes()[n].attempt(), {"10.0.0.1"}); });
        open(n);
        for (std::size_t step = 0; step < table_.nodes().hello().size(); ++step) greet(n, true);
      }
    }
    end_turn();
  }

  void restart_or_break() {
    const std::uint8_t how = next();
    const std::size_t node = some();
    if (how % 16 != 0) {
      if (there(node)) event([&] { table_.broken(node, "broken"); });
      return;
    }
    event([&] { table_.stop(); });
    end_turn();
    event([&] { table_.start(now_); });
  }

  // ---- actions

  void carry_out(const redis::call_action& what) {
    using enum redis::call_action::kind;
    while (connections_.size() < table_.nodes().size()) connections_.emplace_back();
    switch (what.what) {
      case send:
        return take(what.node, *what.call);
      case replied:
        return what.to->replied(what.answer);
      case not_executed:
        return what.to->not_executed(what.text);
      case unknown:
        return what.to->unknown(what.text);
      case resolve:
        check(connections_[what.node].now == connection::state::none, "a name is looked up only when it is down");
        connections_[what.node].now = connection::state::resolving;
        return;
      case connect:
        check(connections_[what.node].now <= connection::state::resolving, "connected only when it is down");
        connections_[what.node] = {};
        connections_[what.node].now = connection::state::connecting;
        return;
      case close:
        check(connections_[what.node].now != connection::state::none, "closed only when it is there");
        connections_[what.node].to_close = true;  // hiredis may be on the stack, with answers that have arrived
        if (next() % 4 != 0) closed(what.node);
        return;
      case end_turn:
        turn_to_end_ = true;
        return;
      case tick_soon:
      case say_connected:
      case say_away:
      case say_refused:
      case say_no_map:
        return;
    }
  }

  void take(std::size_t node, redis::async_call& call) {
    const bool ours = call.what_for == redis::async_call::purpose::callers;
    caller* const by = ours ? static_cast<caller*>(call.to) : nullptr;
    check(by == nullptr || by->outcomes == 0, "nothing is sent for who has an outcome");
    if (std::exchange(not_taken_, false) || connections_[node].now != connection::state::open)
      return table_.not_taken(call);
    connections_[node].owed.push_back({&call, by, false});
  }

  void note_outcome(caller& who, outcome what) {
    check(!who.asking, "no outcome from inside the asking");
    check(++who.outcomes == 1, "no second outcome");
    if (what == outcome::not_executed) {
      for (const connection& each : connections_)
        for (const sent& one : each.owed) check(one.by != &who, "not executed, and it is on its way");
      for (const sent& one : lost_) check(one.by != &who || !one.written, "not executed, and it had left");
      check(answering_ != &who || (is_error_ && redis::surely_not_executed(kind_)), "not executed, and it was");
    }
    if (what == outcome::replied) check(answering_ == &who && !is_error_, "the answer to another call");
    if (asks_again_ == 0) return;
    --asks_again_;
    telling_ = true;
    ask(false);
    telling_ = false;
  }

  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
  monotonic now_ = monotonic{} + std::chrono::hours(1);
  redis::call_table table_;
  std::vector<connection> connections_;
  std::deque<caller> callers_;
  std::deque<sent> lost_;  // with the connection that was closed last
  caller* answering_ = nullptr;
  redis::error_kind kind_{};
  bool is_error_ = false;
  bool turn_to_end_ = false;
  bool not_taken_ = false;
  bool telling_ = false;
  int asks_again_ = 0;
};

}  // namespace firstcome::testing
