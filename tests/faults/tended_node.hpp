#pragma once

// A node of firstcome with a door of its own, and what can be done to its process. It is started again when it has
// ended, by a fault or by itself; a node that ends by itself without a fault that explains it is remembered as wrong.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "faults/fault_schedule.hpp"
#include "support/raw_socket.hpp"
#include "support/server_under_test.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::faults {

class tended_node {
 public:
  /// `node` runs. Without clients (a worker) there is no door.
  tended_node(std::string name, testing::server_under_test& node, bool has_door);

  const std::string& name() const { return name_; }
  testing::tcp_gate& door() { return *door_; }
  const testing::tcp_gate& door() const { return *door_; }
  testing::server_under_test& server() { return node_; }

  /// kill, pause, fd_limit, memory_limit, file_size_limit; `file_size` is what files may have under the last one.
  bool can_begin(const fault& what);
  void begin(const fault& what, std::uint64_t file_size = 0);
  void end(const fault& what);
  void tend();
  bool up() const { return listening_; }
  /// From now on it may end by itself when it says that it lacks what was taken away (a disk on which it cannot start):
  /// and after that for as long as a slow machine may take to show it.
  void may_end_by_itself(bool may);

  /// How often it ended by itself, for want of memory, room on the disk or files.
  int ends_for_want() const { return ends_for_want_; }

  /// Stops it; what was wrong with its ends, as sentences.
  std::vector<std::string> wrong_in_the_end();
  std::string end_of_log() const;

 private:
  void take_files();
  void take_memory(std::uint64_t bytes_left);
  void let_idle_clients_come(int count);
  void note_end();

  using clock = std::chrono::steady_clock;

  std::string name_;
  testing::server_under_test& node_;
  std::unique_ptr<testing::tcp_gate> door_;
  bool wanted_ = true;
  bool listening_ = true;
  bool noted_ = false;
  bool may_end_ = false;
  bool had_no_memory_ = false;
  bool had_no_files_ = false;
  int ends_for_want_ = 0;
  std::size_t log_seen_ = 0;  // of the ends so far
  clock::time_point may_end_until_{};
  clock::time_point starts_at_{};
  std::vector<testing::raw_socket> idle_clients_;
  std::vector<std::string> wrong_;
};

}  // namespace firstcome::faults
