#pragma once

// Calls to issue as a test makes them, and where their answers arrive: on whatever thread delivers them.

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "issuing/call_list.hpp"

namespace firstcome::testing {

class answer_inbox final : public runtime::completion_queue {
 public:
  void deliver(runtime::completion_list&& answered) override {
    std::unique_lock locked(lock_);
    while (!answered.empty()) {
      runtime::completion& call = answered.front();
      answered.pop_front();
      call.on_answer();
      ++count_;
    }
    changed_.notify_all();
  }

  /// False: so many answers did not come in time.
  [[nodiscard]] bool wait_for(int count) {
    std::unique_lock locked(lock_);
    return changed_.wait_for(locked, std::chrono::seconds(20), [&] { return count_ >= count; });
  }

  int count() {
    std::unique_lock locked(lock_);
    return count_;
  }

 private:
  std::mutex lock_;
  std::condition_variable changed_;
  int count_ = 0;
};

class test_call final : public issuing::issue_call {
 public:
  test_call(runtime::completion_queue& origin_loop, std::int64_t coupon, std::int64_t user,
            monotonic deadline = monotonic::max())
      : issue_call(origin_loop, coupon_id{coupon}, user_id{user}, runtime::deadline(deadline)) {}

  void on_answer() override { answered = true; }
  verdict what() const { return answer.value().what; }

  bool answered = false;
};

}  // namespace firstcome::testing
