#pragma once

// People who ask for coupons all the time, on a thread of its own: a bounded number a second, one request in flight on
// each connection. Who heard nothing, or that the service is busy, asks again (but for some who leave for good: so that
// "surely not admitted" can be checked); some winners ask again; some ask twice at once. Everything is recorded. Over
// the load generator's loop, whose connections take turns so that each door is asked.

#include <atomic>
#include <functional>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "faults/shop.hpp"
#include "lab/load/closed_loop.hpp"
#include "support/issue_history.hpp"

namespace firstcome::faults {

struct crowd_options {
  int connections_each = 24;  // at each door
  int asks_a_second = 700;
  std::chrono::milliseconds patience{3'000};        // then a request is given up: unknown
  std::chrono::milliseconds long_patience{60'000};  // of every other connection: who waits longer is forgotten
  std::uint64_t seed = 1;
};

struct heard {
  testing::issue_answer answer = {};
  std::size_t door = 0;
};

class steady_crowd final : private load::workload {
 public:
  /// `on_coupon`: somebody was given one; on the crowd's thread.
  steady_crowd(shop& goods, const std::vector<std::uint16_t>& doors, const crowd_options& options,
               std::function<void(const testing::issue_ask&)> on_coupon);
  ~steady_crowd() override;

  /// When the last request was sent, among those that this door has answered with a coupon so far.
  steady_time last_success_at(std::size_t door) const { return last_success_[door].load(); }
  /// Nobody new comes; everybody asks once more, those who know nothing first, and they until they know. Then the crowd
  /// is gone. Answers how many still know nothing: none of them had learnt anything for so long.
  std::size_t everybody_asks_again(std::chrono::milliseconds within);

  /// Once the crowd is gone.
  const std::vector<heard>& history() const { return history_; }

 private:
  struct person {
    std::int64_t coupon = 0;
    std::int64_t user = 0;
    bool settled = false;  // knows: yes, or sold out
    bool impatient = false;
    bool gone = false;  // did not wait for the second answer
  };
  struct asking {  // on one connection
    std::size_t who = 0;
    std::size_t door = 0;
  };
  using later = std::pair<steady_time, std::size_t>;  // when to ask again, and who

  std::optional<load::outgoing> next(load::instant_ns now, const load::free_connection& on) override;
  void answered(const load::answer& a) override;
  void lost(std::uint64_t tag, load::instant_ns sent_at, load::instant_ns now) override;
  bool finished(load::instant_ns now) override;
  bool gives_up(load::instant_ns) override { return over_; }

  void run(const std::vector<std::uint16_t>& doors);
  std::optional<std::size_t> next_person();
  std::optional<std::size_t> somebody_new();  // nobody, while there is nothing to ask for
  testing::issue_ask ask_of(const asking& from) const;
  void hear(const asking& from, const testing::issue_answer& answer);
  void settle(person& who, const testing::issue_answer& answer, std::size_t door);
  void ask_later(std::size_t who, std::uint64_t ms_max);
  void begin_final_round();

  shop& shop_;
  const crowd_options options_;
  const std::function<void(const testing::issue_ask&)> on_coupon_;
  std::mt19937_64 random_;
  std::vector<asking> asking_;  // by connection, whose number is the tag
  std::string bytes_;
  int in_flight_ = 0;
  std::vector<person> people_;
  std::vector<std::size_t> settled_;
  std::priority_queue<later, std::vector<later>, std::greater<>> again_;
  std::vector<std::size_t> once_more_;  // of the final round
  std::atomic<std::size_t> unsettled_ = 0;
  steady_time final_round_until_;
  int sold_out_heard_ = 0;  // of the coupon that is being issued
  steady_time next_due_;
  std::vector<heard> history_;
  std::vector<std::atomic<steady_time>> last_success_;
  std::atomic<bool> ask_again_ = false;
  std::atomic<bool> over_ = false;
  std::atomic<bool> done_ = false;
  std::atomic<bool> final_round_ = false;
  std::thread thread_;
};

}  // namespace firstcome::faults
