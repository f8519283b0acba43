#pragma once

// Some of those who were given a coupon give it back: an operator returns it for them, through the clients' doors, and
// asks again until they know. A few threads. `told`: any thread; the rest on one.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "auditor/auditor.hpp"
#include "support/load_burst.hpp"

namespace firstcome::faults {

class return_desk {
 public:
  return_desk(std::vector<std::uint16_t> doors, std::string admin_token, std::uint64_t seed);
  ~return_desk();

  /// This coupon was given out: one in ten comes back, as long as few wait at the desk.
  void told(const testing::issue_ask& given);
  /// Nobody comes any more; who is at the desk asks until they know, for so long. How many know nothing even then.
  std::size_t close_within(std::chrono::milliseconds time);

  /// Once it is closed: by coupon.
  const std::map<std::int64_t, std::vector<auditor::life_step>>& steps() const { return steps_; }
  /// How many surely came back.
  std::size_t returned() const { return returned_; }

 private:
  void work(std::uint64_t seed);
  /// False: the answer leaves it open.
  bool give_back(const testing::issue_ask& which, std::uint16_t door);

  const std::vector<std::uint16_t> doors_;
  const std::string admin_token_;
  std::mutex mutex_;  // guards what follows, and steps_
  std::condition_variable changed_;
  std::deque<testing::issue_ask> waiting_;
  std::mt19937_64 random_;
  std::size_t busy_ = 0;
  bool closing_ = false;
  std::atomic<bool> over_ = false;
  std::size_t returned_ = 0;
  std::map<std::int64_t, std::vector<auditor::life_step>> steps_;
  std::vector<std::thread> threads_;  // last
};

}  // namespace firstcome::faults
