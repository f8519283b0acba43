#pragma once

// A real Galera cluster of two nodes on 127.0.0.1 (Debian's galera-4, state transfers by rsync): each takes writes, and
// what one commits the other learns. The first node alone is a majority (pc.weight), so the second may be killed.
//
// Start it on the test's main thread (see child_process).

#include <array>
#include <cstddef>
#include <memory>

#include "support/mariadb_server.hpp"

namespace firstcome::testing {

class galera_cluster {
 public:
  static constexpr std::size_t size = 2;

  /// Answers once both nodes serve. Throws with the end of a node's log when one does not.
  galera_cluster();

  mariadb_server& node(std::size_t n) { return *nodes_.at(n); }
  /// The second is killed (SIGKILL); the first goes on once it has noticed, after about two seconds.
  void kill_second() { node(1).kill_hard(); }
  /// It joins again, and answers once it has all that the first has. Bounded; throws when it does not come.
  void start_second();
  /// The same without waiting for it.
  void launch_second() { node(1).launch(); }
  /// It has all that the group has, and serves.
  bool ready(std::size_t n);

 private:
  struct addresses {
    std::uint16_t group = 0;      // where the nodes talk to each other
    std::uint16_t increment = 0;  // where a joining node gets the last transactions
    std::uint16_t transfer = 0;   // where it gets everything
  };
  mariadb_server::start_settings settings_of(std::size_t n, const std::string& peers) const;
  void await_ready(std::size_t n);

  std::array<addresses, size> at_;
  std::array<std::unique_ptr<mariadb_server>, size> nodes_;
};

}  // namespace firstcome::testing
