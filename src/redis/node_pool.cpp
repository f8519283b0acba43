#include "redis/node_pool.hpp"

#include <algorithm>
#include <array>
#include <thread>

#include "redis/command.hpp"
#include "redis/handshake.hpp"

namespace firstcome::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto pause_before_retry = 50ms;  // a fail-over takes a second or more

std::string cluster_slots() {
  std::string bytes;
  constexpr std::array<std::string_view, 2> words{"CLUSTER", "SLOTS"};
  append_command(bytes, words);
  return bytes;
}

}  // namespace

connection& node_pool::owner(std::optional<int> slot, runtime::deadline end) {
  if (!at_.cluster) return only_master();
  for (;;) {
    if (!slots_) load_slots(end);
    const node_address* const who = slot                        ? slots_->owner(*slot)
                                    : slots_->masters().empty() ? nullptr
                                                                : &slots_->masters().front();
    const bool last_turn = end.left() <= pause_before_retry;
    if (who == nullptr && last_turn) throw store_unavailable("no master of the Redis Cluster serves this key");
    try {
      if (who != nullptr) return at(*who);
    } catch (const misconfigured&) {
      throw;
    } catch (const store_unavailable&) {  // nothing was sent yet: perhaps it has a successor
      if (last_turn) throw;
    }
    forget_slots();
    std::this_thread::sleep_for(pause_before_retry);
  }
}

std::vector<connection*> node_pool::owners(const std::vector<int>& slots, runtime::deadline end) {
  if (!at_.cluster) return std::vector<connection*>(slots.size(), &only_master());
  std::vector<std::pair<node_address, connection*>> found;
  std::vector<connection*> all;
  for (const int slot : slots) {
    const node_address* const who = slots_ ? slots_->owner(slot) : nullptr;
    const auto known =
        std::ranges::find_if(found, [&](const auto& one) { return who != nullptr && one.first == *who; });
    if (known != found.end()) {
      all.push_back(known->second);
      continue;
    }
    connection& one = owner(slot, end);
    found.emplace_back(one.node(), &one);
    all.push_back(&one);
  }
  return all;
}

/// Without a cluster: the first of the hosts that is a master and will have us.
connection& node_pool::only_master() {
  if (!connections_.empty() && connections_.front()->usable()) return *connections_.front();
  connections_.clear();
  std::string failures;
  for (const node_address& node : at_.nodes) {
    try {
      return at(node);
    } catch (const misconfigured&) {
      throw;
    } catch (const store_unavailable& failure) {
      failures += (failures.empty() ? "" : "; ") + std::string(failure.what());
    }
  }
  throw store_unavailable(failures);
}

connection& node_pool::at(const node_address& node) {
  if (connection* const there = connected_to(node)) {
    if (there->usable()) return *there;
    drop(*there);
  }
  connections_.push_back(std::make_unique<connection>(at_, node, options_, until_));
  return *connections_.back();
}

void node_pool::drop(const connection& which) {
  std::erase_if(connections_, [&](const auto& each) { return each.get() == &which; });
}

connection* node_pool::connected_to(const node_address& node) {
  for (const auto& each : connections_)
    if (each->node() == node) return each.get();
  return nullptr;
}

void node_pool::moved(int slot, const node_address& to, runtime::deadline end) {
  try {
    slots_ = slots_of(at(to), end);
  } catch (const store_unavailable&) {
    if (!slots_) throw;
  }
  slots_->move(slot, to);
}

/// Who is connected answers fastest; then the hosts of the URL.
std::vector<node_address> node_pool::whom_to_ask() const {
  std::vector<node_address> nodes;
  for (const auto& each : connections_) nodes.push_back(each->node());
  for (const node_address& each : at_.nodes)
    if (std::find(nodes.begin(), nodes.end(), each) == nodes.end()) nodes.push_back(each);
  return nodes;
}

void node_pool::load_slots(runtime::deadline end) {
  std::string failures;
  for (const node_address& node : whom_to_ask()) {
    try {
      slots_ = slots_of(at(node), end);
      return;
    } catch (const misconfigured&) {
      throw;
    } catch (const store_unavailable& failure) {
      if (connection* const there = connected_to(node)) drop(*there);
      failures += (failures.empty() ? "" : "; ") + std::string(failure.what());
    }
  }
  throw store_unavailable(failures);
}

slot_map node_pool::slots_of(connection& asked, runtime::deadline end) {
  static const std::string question = cluster_slots();
  const node_address node = asked.node();
  try {
    asked.send(question);
    const reply answer =
        asked.receive(earlier(later(end, runtime::deadline::after(options_.reply_timeout / 4)), until_));
    if (answer.is_error() && answer.text().find("cluster support disabled") != std::string_view::npos)
      throw misconfigured("Redis at " + to_string(node) + " is not a cluster: use redis://, not redis+cluster://");
    if (auto map = slot_map::from_reply(answer, node)) return std::move(*map);
    throw store_unavailable("Redis at " + to_string(node) + " does not tell who serves which slots");
  } catch (const store_unavailable&) {
    drop(asked);  // it may still owe the answer
    throw;
  }
}

}  // namespace firstcome::redis
