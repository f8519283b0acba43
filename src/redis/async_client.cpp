#include "redis/async_client.hpp"

#include <boost/asio/post.hpp>
#include <random>
#include <utility>

#include "runtime/log.hpp"

namespace firstcome::redis {
namespace {

monotonic now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

async_client::async_client(boost::asio::io_context& context, runtime::readiness& sockets, options with)
    : context_(context), sockets_(sockets), timer_(context), table_(std::move(with), std::random_device{}()) {}

async_client::~async_client() = default;

void async_client::start() {
  table_.start(now());
  act();
}

void async_client::stop() {
  timer_.cancel();
  table_.stop();
  act();
}

void async_client::run(const script& what, texts keys, texts args, runtime::deadline until, completion& to) {
  table_.ask(what, keys, args, until, to);
  act();
}

void async_client::call(std::string_view key, texts words, runtime::deadline until, completion& to) {
  table_.ask(key, words, until, to);
  act();
}

// ---- what the connections say

void async_client::on_resolved(std::size_t node, unsigned attempt, std::vector<std::string> addresses) {
  table_.resolved(node, attempt, std::move(addresses));
  act();
}

void async_client::on_not_resolved(std::size_t node, unsigned attempt, const std::string& why) {
  table_.not_resolved(node, attempt, why);
  act();
}

void async_client::on_opened(std::size_t node) {
  table_.opened(node);
}

void async_client::on_greeted(std::size_t node, std::size_t step, reply_view answer) {
  table_.greeted(node, step, answer);
  act();
}

void async_client::on_writing(std::size_t node) {
  table_.writing(node);
}

void async_client::on_answered(async_call& call, reply_view answer) {
  table_.answered(call, answer);
  act();
}

void async_client::on_broken(std::size_t node, const char* why) {
  table_.broken(node, why);
  act();
}

void async_client::on_closed(std::size_t node, const std::string& why) {
  table_.closed(node, why, now());
  act();
}

// ---- what the table wants done

void async_client::act() {
  if (std::exchange(acting_, true)) return;
  while (const call_action* const next = table_.next_action()) carry_out(call_action(*next));
  acting_ = false;
}

void async_client::carry_out(const call_action& what) {
  using enum call_action::kind;
  switch (what.what) {
    case send:
      if (!connection(what.node).send(*what.call)) table_.not_taken(*what.call);
      return;
    case replied:
      return what.to->replied(what.answer);
    case not_executed:
      return what.to->not_executed(what.text);
    case unknown:
      return what.to->unknown(what.text);
    case resolve:
      return connection(what.node).resolve(table_.nodes()[what.node].node(), table_.nodes()[what.node].attempt());
    case connect:
      return connection(what.node).connect(table_.nodes()[what.node].node(), table_.nodes()[what.node].numeric_host());
    case close:
      return connection(what.node).close();
    case tick_soon:
      return tick_later();
    case end_turn:
      boost::asio::post(context_, [this] {
        table_.turn_ended();
        act();
      });
      return;
    case say_connected:
    case say_away:
    case say_refused:
    case say_no_map:
      return say(what);
  }
}

void async_client::say(const call_action& what) const {
  using enum call_action::kind;
  if (what.what == say_connected)
    runtime::log::info("connected to Redis", {{"node", to_string(table_.nodes()[what.node].node())}});
  else if (what.what == say_away)
    runtime::log::warn("no connection to Redis", {{"why", what.text}});
  else if (what.what == say_no_map)
    runtime::log::warn("no map of the Redis Cluster", {{"why", what.text}});
  else
    runtime::log::warn("Redis refuses", {{"node", to_string(table_.nodes()[what.node].node())}, {"error", what.text}});
}

async_connection& async_client::connection(std::size_t node) {
  while (connections_.size() <= node) {
    async_connection::listener& me = *this;
    const async_connection::loop_context loop{context_, sockets_, table_.nodes().hello(), table_.at().tls};
    connections_.push_back(std::make_unique<async_connection>(loop, connections_.size(), me));
  }
  return *connections_[node];
}

void async_client::tick_later() {
  timer_.expires_after(call_table::tick_interval);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (cancelled) return;
    table_.tick(now());
    act();
  });
}

}  // namespace firstcome::redis
