#pragma once

// Another program at one node of a Galera cluster: again and again it commits to the cursor of every coupon, in a
// column of its own, and so changes nothing that firstcome reads. Whoever works on a coupon at another node is
// overtaken, at whatever moment he is: also between two statements, where a product that sends several of them as one
// text loses what ran before (docs/adr/0023).
// Threads: one of its own, from the constructor to the destructor. The node outlives it.

#include <atomic>
#include <string>
#include <thread>

#include "support/mariadb_server.hpp"

namespace firstcome::testing {

class cursor_overtaker {
 public:
  cursor_overtaker(mariadb_server& node, const std::string& database);
  ~cursor_overtaker();
  cursor_overtaker(const cursor_overtaker&) = delete;
  cursor_overtaker& operator=(const cursor_overtaker&) = delete;

  int commits() const { return commits_; }

 private:
  void run();

  const std::string url_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> commits_ = 0;
  std::thread thread_;
};

}  // namespace firstcome::testing
