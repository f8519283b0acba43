#pragma once

// The operator, on a thread of its own: sees to it that there are always coupons that nobody has asked for yet, raises
// one now and then, and pauses one for a moment. All of it through the clients' doors, like everybody else.

#include <functional>
#include <random>
#include <thread>

#include "faults/shop.hpp"
#include "support/http_client.hpp"

namespace firstcome::faults {

class shopkeeper {
 public:
  shopkeeper(shop& goods, std::vector<std::uint16_t> doors, std::string admin_token, std::uint64_t seed);
  ~shopkeeper();

  /// Ends, and resumes whatever was ever paused, trying for so long. False: something may still be paused.
  bool close_within(std::chrono::milliseconds time);
  int changes() const { return changes_; }

 private:
  struct change {
    auditor::instant_ns invoked_at = 0;
    auditor::instant_ns answered_at = auditor::never;
    bool may_be_done = true;
  };

  void run();
  void open_one();
  void change_one();
  void raise(std::size_t n, offer one);
  void pause_for_a_moment(std::size_t n, offer one);
  bool resume(std::size_t n);
  change patch(const offer& one, const std::string& body);
  testing::http_response ask(const std::string& method, const std::string& target, const std::string& body);
  void rest(std::chrono::milliseconds time);

  shop& shop_;
  const std::vector<std::uint16_t> doors_;
  const std::string admin_token_;
  std::mt19937_64 random_;
  std::atomic<bool> closing_ = false;
  std::atomic<int> changes_ = 0;
  std::chrono::steady_clock::time_point next_change_;
  std::thread thread_;
};

}  // namespace firstcome::faults
