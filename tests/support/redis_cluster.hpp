#pragma once

// A real Redis Cluster on loopback: masters that share the 16,384 slots evenly, in order, and if wanted one replica for
// each. Once the constructor returns, every node knows every other and all slots are served.
//
// Thread safety: as redis_server.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "support/redis_server.hpp"

namespace firstcome::testing {

class redis_cluster {
 public:
  struct settings {
    int masters = 3;
    bool replicas = false;  // the replica of master n is node(masters + n)
    int node_timeout_ms = 2000;
    std::vector<std::string> arguments = {};  // for every node
  };

  redis_cluster();
  explicit redis_cluster(settings with);

  std::string url() const;  // redis+cluster://127.0.0.1:port,127.0.0.1:port,…
  int size() const { return static_cast<int>(nodes_.size()); }
  redis_server& node(int n) { return *nodes_.at(static_cast<std::size_t>(n)); }
  std::string node_id(int n) { return node(n).ask({"CLUSTER", "MYID"}); }
  /// Who serves that slot, as the first node that answers believes; -1: nobody.
  int owner_of(int slot);
  /// Every node that answers names the same, and has heard of the same configuration: two moves in a row that one of
  /// them has not heard of would both be right by its own account.
  bool agrees_on(int slot);
  bool is_master(int n);

  // Moving a slot in three steps, so that a test can act in between. From the first to the last, the old owner answers
  // for the keys that it still has and sends the others to the new one (ASK).
  void start_moving(int slot, int to);
  void move_keys(int slot, int to);
  void finish_moving(int slot, int to);
  void move_slot(int slot, int to);

  /// Waits until every node that runs sees all slots served. Throws after 30 seconds.
  void await_all_slots();

 private:
  int owner_by(redis_server& asked, int slot);
  std::string epochs_by(redis_server& asked);

  void introduce();
  void give_replicas();
  bool all_slots_served();
  bool everybody_known();

  settings settings_;
  std::vector<std::unique_ptr<redis_server>> nodes_;
};

}  // namespace firstcome::testing
