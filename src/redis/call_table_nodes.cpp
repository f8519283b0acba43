// What becomes of the connections, of the calls on one that is lost, and of the cluster's map.

#include <algorithm>
#include <array>

#include "redis/call_table.hpp"

namespace firstcome::redis {
namespace {

using namespace std::chrono_literals;
using kind = call_action::kind;

constexpr auto map_timeout = 1000ms;

}  // namespace

void call_table::carry_out(std::size_t node, node_link::order order) {
  switch (order) {
    case node_link::order::nothing:
      return;
    case node_link::order::resolve:
      return act({.what = kind::resolve, .node = node});
    case node_link::order::connect:
      return act({.what = kind::connect, .node = node});
    case node_link::order::close:
      return act({.what = kind::close, .node = node});
  }
}

void call_table::resolved(std::size_t node, unsigned attempt, std::vector<std::string> addresses) {
  carry_out(node, nodes_[node].resolved(attempt, std::move(addresses)));
}

void call_table::not_resolved(std::size_t node, unsigned attempt, std::string_view why) {
  carry_out(node, nodes_[node].not_resolved(attempt, why));
}

void call_table::greeted(std::size_t node, std::size_t step, reply_view answer) {
  carry_out(node, nodes_[node].greeted(step, answer));
  if (!nodes_[node].ready()) return;
  said_.clear();
  act({.what = kind::say_connected, .node = node});
  note_connected();
  tick_soon();
}

void call_table::broken(std::size_t node, std::string_view why) {
  carry_out(node, nodes_[node].close(why));
}

void call_table::closed(std::size_t node, std::string_view why, monotonic at) {
  node_link& link = nodes_[node];
  if (link.now() == node_link::state::down) return;
  now_ = at;
  link.closed(why, at);
  for (const auto& each : calls_) {
    if (each->now != async_call::state::under_way || each->node != node) continue;
    if (link.may_have_left(each->number))
      end(*each, kind::unknown, "the connection was lost");
    else
      end(*each, kind::not_executed, "the connection was lost before it was sent");
  }
  nodes_.doubt();
  note_connected();
  if (!stopped_ && nodes_.is_wanted(node) && link.why() != said_) act({.what = kind::say_away, .text = link.why()});
  said_ = link.why();
  tick_soon();
}

bool call_table::is_awaited(const node_address& node) const {
  return std::any_of(calls_.begin(), calls_.end(), [&](const auto& each) {
    return each->now == async_call::state::waiting && each->elsewhere == node;
  });
}

/// Beyond `calls_max`: calls that nobody can place must not keep the map away by which they could be.
void call_table::ask_for_the_map(monotonic at) {
  if (asked_for_the_map_) return;
  const auto whom = nodes_.ask_for_the_map(at);
  if (!whom) return;
  asked_for_the_map_ = true;
  map_node_ = *whom;
  async_call& call = record();
  call.what_for = async_call::purpose::map;
  call.until = runtime::deadline::after(map_timeout, at);
  call.request.fill(std::array<std::string_view, 2>{"CLUSTER", "SLOTS"});
  dispatch(call);
}

void call_table::map_came(std::size_t from, reply_view answer) {
  if (!nodes_.learn(answer, from)) return;
  note_connected();
  tick_soon();
}

void call_table::map_failed(std::string_view why) {
  if (why != said_ && !stopped_) act({.what = kind::say_no_map, .text = why});
  said_ = why;
}

}  // namespace firstcome::redis
