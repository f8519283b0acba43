#pragma once

// A call_table with the loop, the sockets and the nodes played by a test: what it wants done is written down, and
// answers are put into its mouth.

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "redis/call_table.hpp"
#include "support/redis_reply.hpp"

namespace firstcome::testing {

/// What a caller was told, in words: "= text", "not executed: why", "unknown: why", or nothing yet.
struct told_in_words final : redis::completion {
  std::string outcome;
  int count = 0;
  void replied(redis::reply_view answer) override { set("= " + std::string(answer.text())); }
  void not_executed(std::string_view why) override { set("not executed: " + std::string(why)); }
  void unknown(std::string_view why) override { set("unknown: " + std::string(why)); }

 private:
  void set(std::string what) {
    outcome = std::move(what);
    ++count;
  }
};

class driven_calls {
 public:
  using kind = redis::call_action::kind;

  explicit driven_calls(redis::call_table::options with) : table(std::move(with), 1) {}

  redis::call_table table;
  monotonic now = monotonic{} + std::chrono::hours(1);
  std::map<std::size_t, std::deque<redis::async_call*>> owed;  // by node, in order
  std::vector<std::string> sent;                               // "node bytes", in order
  std::vector<std::string> said;
  std::vector<kind> done;  // everything else
  bool takes = true;       // false: what is sent cannot be taken
  bool closes = true;      // false: closing takes its time; `closed` ends it

  void start() {
    table.start(now);
    act();
  }
  void tick(std::chrono::milliseconds later) {
    now += later;
    table.tick(now);
    act();
  }
  void end_turn() {
    table.turn_ended();
    act();
  }
  /// Opened and greeted, with what the table wanted to connect.
  void make_ready(std::size_t node) {
    table.opened(node);
    for (std::size_t n = 0; n < table.nodes().hello().size(); ++n) {
      table.greeted(node, n, parsed_reply("+OK\r\n"));
      act();
    }
  }
  void ask(told_in_words& who, std::chrono::milliseconds within = std::chrono::seconds(1), std::string_view key = "k") {
    const std::string_view words[] = {"GET", key};
    table.ask(key, words, runtime::deadline::after(within, now), who);
    act();
  }
  void run(const redis::script& what, told_in_words& who) {
    const std::string_view keys[] = {"k"};
    table.ask(what, keys, {}, runtime::deadline::after(std::chrono::seconds(1), now), who);
    act();
  }
  void write(std::size_t node = 0) { table.writing(node); }
  /// Of the call that was sent first and is not answered.
  void answer(std::string_view text, std::size_t node = 0) {
    redis::async_call& call = *owed[node].front();
    owed[node].pop_front();
    write(node);
    const redis::reply said = parsed_reply(text);  // until what is told has been told
    table.answered(call, said);
    act();
  }
  void closed(std::size_t node = 0) {
    owed[node].clear();
    table.closed(node, "cut", now);
    act();
  }
  void stop() {
    table.stop();
    act();
  }

  bool has_done(kind what) const { return std::find(done.begin(), done.end(), what) != done.end(); }

 private:
  void act() {
    while (const redis::call_action* const next = table.next_action()) carry_out(redis::call_action(*next));
  }

  void carry_out(const redis::call_action& what) {
    using enum redis::call_action::kind;
    switch (what.what) {
      case send:
        if (!takes) return table.not_taken(*what.call);
        sent.push_back(std::to_string(what.node) + (what.call->asking ? " ASKING " : " ") +
                       std::string(what.call->request.bytes()));
        owed[what.node].push_back(what.call);
        return;
      case replied:
        return what.to->replied(what.answer);
      case not_executed:
        return what.to->not_executed(what.text);
      case unknown:
        return what.to->unknown(what.text);
      case close:
        done.push_back(close);
        if (closes) {
          owed[what.node].clear();
          table.closed(what.node, "cut", now);
        }
        return;
      case say_away:
      case say_refused:
      case say_no_map:
        said.emplace_back(what.text);
        return;
      default:
        done.push_back(what.what);
    }
  }
};

}  // namespace firstcome::testing
