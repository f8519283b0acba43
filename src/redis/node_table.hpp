#pragma once

// Which nodes an async_client knows, which of them serves which slot, and whom to ask for the map of a cluster. Pure:
// one node_link for each node, and the rules that choose among them.
//
// Nodes are named by their index, which lasts: a link that nobody needs any more is used again for another node.
// Thread safety: none. Memory: at most `nodes_max` links.

#include <deque>
#include <functional>
#include <optional>

#include "redis/node_link.hpp"
#include "redis/slot_map.hpp"

namespace firstcome::redis {

class node_table {
 public:
  static constexpr std::size_t nodes_max = 1024;  // a cluster should have no more, says Redis' documentation
  static constexpr std::size_t nobody = nodes_max;

  struct options {
    const address& at;  // outlives the table
    durability wanted;
    std::chrono::milliseconds connect_timeout;
    std::uint32_t seed;  // of the pauses between attempts to connect
  };
  /// A call waits for that node, although the map does not name it.
  using awaited = std::function<bool(const node_address&)>;

  node_table(const options& with, awaited is_awaited);

  std::size_t size() const { return links_.size(); }
  node_link& operator[](std::size_t node) { return links_[node]; }
  const node_link& operator[](std::size_t node) const { return links_[node]; }
  const handshake& hello() const { return hello_; }

  /// The node of that address, added when it is new; `nobody` when there are too many.
  std::size_t find(const node_address& node);
  /// The node that serves the slot; `nobody` when that is not known. Without a cluster the only node serves every slot.
  std::size_t owner(int slot);
  /// Whether the table keeps a connection to the node. Without a map it does so to every node; with a map to the
  /// masters and to nodes for which a call waits.
  bool is_wanted(std::size_t node) const;
  /// Every wanted node is ready, and every slot has one.
  bool all_connected() const;

  /// MOVED: that slot, and perhaps more. `to` is in the table.
  void moved(int slot, const node_address& to);
  /// What the map says may be wrong.
  void doubt() { doubted_ = true; }
  /// Whether the map has to be asked for now, and whom: one after the other, because who is cut off from the rest does
  /// not know better.
  std::optional<std::size_t> ask_for_the_map(monotonic at);
  /// The answer to CLUSTER SLOTS. False: it is none.
  bool learn(reply_view slots, std::size_t from);
  /// Everybody may have moved, under the names that were given: without a map they are all tried, and looked up again.
  void forget_a_silent_cluster(monotonic at);

 private:
  bool is_idle(std::size_t node) const;
  std::size_t add(std::vector<node_address> hosts);

  const options options_;
  const handshake hello_;
  const awaited is_awaited_;
  const std::size_t configured_;  // the first links; they stay
  std::deque<node_link> links_;   // references last
  std::optional<slot_map> slots_;
  bool doubted_ = true;
  std::size_t next_to_ask_ = 0;
  monotonic map_due_{};
  monotonic silent_since_{};  // since when no node of the cluster has been connected
};

}  // namespace firstcome::redis
