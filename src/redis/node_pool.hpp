#pragma once

// The blocking connections of one session: one to the master, or with Redis Cluster one to each master that was asked
// so far, and the map that says which of them serves a key.
//
// Invariant: a connection in the pool owes no answer, but to the one call that its session has under way.
// Every function throws as `connection` does. Thread safety: one thread.

#include <memory>
#include <optional>
#include <vector>

#include "redis/connection.hpp"
#include "redis/slot_map.hpp"

namespace firstcome::redis {

class node_pool {
 public:
  node_pool(address at, const connection::options& with) : at_(std::move(at)), options_(with) {}

  bool cluster() const { return at_.cluster; }
  /// Whatever it waits for from now on ends by then. The `end` below is that of one call.
  void until(runtime::deadline last) { until_ = last; }
  runtime::deadline until() const { return until_; }
  /// Who is to be asked about a slot (nothing: any master), connected. In a cluster it waits for a fail-over to end,
  /// until `end` at the latest.
  connection& owner(std::optional<int> slot, runtime::deadline end);
  /// The same for each of several slots, each node looked for once: what one of them has answered may lie there unread.
  std::vector<connection*> owners(const std::vector<int>& slots, runtime::deadline end);
  /// The node of that address, connected.
  connection& at(const node_address& node);
  void drop(const connection& which);
  void drop_all() { connections_.clear(); }

  /// What MOVED said. What else has changed is asked of the node that serves the slot now.
  void moved(int slot, const node_address& to, runtime::deadline end);
  void forget_slots() { slots_.reset(); }

 private:
  connection& only_master();
  connection* connected_to(const node_address& node);
  std::vector<node_address> whom_to_ask() const;
  void load_slots(runtime::deadline end);
  slot_map slots_of(connection& asked, runtime::deadline end);

  const address at_;
  const connection::options options_;
  std::vector<std::unique_ptr<connection>> connections_;
  std::optional<slot_map> slots_;
  runtime::deadline until_ = runtime::deadline::never();
};

}  // namespace firstcome::redis
