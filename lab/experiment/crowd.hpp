#pragma once

// Those who want the same coupon at the same moment. Each asks once; every twentieth presses the button twice, so that
// two requests of one user are under way at once, on different servers where there are several. Who hears 503 or
// nothing asks again. With a duration the crowd then goes on asking until that is over: what a service feels while
// everybody is turned away. Thread safety: none.

#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_set>
#include <vector>

#include "lab/load/closed_loop.hpp"
#include "lab/load/histogram.hpp"
#include "lab/load/request_text.hpp"

namespace firstcome::lab {

struct crowd_options {
  std::int64_t coupon = 0;
  std::int64_t users = 10'000;
  double duration_s = 0;
};

class crowd final : public load::workload {
 public:
  /// `on_progress`: about ten times a second, the share that is done. When it throws, the run ends.
  crowd(const crowd_options& options, std::function<void(double)> on_progress);

  std::optional<load::outgoing> next(load::instant_ns now, const load::free_connection& on) override;
  void answered(const load::answer& a) override;
  void lost(std::uint64_t tag, load::instant_ns sent_at, load::instant_ns now) override;
  bool finished(load::instant_ns now) override;

  std::int64_t answers() const { return answers_; }
  std::int64_t unavailable() const { return unavailable_; }  // 503 and no answer; asked again
  std::int64_t strange() const { return strange_; }          // what the contract does not have here
  /// Different users who heard yes or no, and those of them who heard yes.
  std::int64_t resolved_users() const { return resolved_users_; }
  const std::unordered_set<std::int64_t>& accepted() const { return accepted_; }
  load::instant_ns last_acceptance() const { return last_acceptance_; }
  const load::histogram& latency_ns() const { return latency_ns_; }

 private:
  struct asking {
    std::int64_t user;
    int attempt;
    load::instant_ns due_at;
  };

  std::int64_t askings() const { return options_.users + options_.users / twice_every; }
  std::int64_t user_of(std::int64_t place) const;
  void ask_again(std::uint64_t tag, load::instant_ns now);
  void resolve(std::int64_t user);

  static constexpr std::int64_t twice_every = 20;

  const crowd_options options_;
  const std::function<void(double)> on_progress_;
  load::request_text text_;
  load::instant_ns began_at_ = 0;
  load::instant_ns next_progress_at_ = 0;
  std::int64_t begun_ = 0;         // askings, also beyond the first pass
  std::int64_t resolved_ = 0;      // askings
  std::deque<asking> again_;       // by due_at: the pause is always the same
  std::vector<asking> under_way_;  // by tag
  std::vector<std::uint64_t> free_tags_;
  std::vector<bool> user_resolved_;
  std::int64_t resolved_users_ = 0;
  std::int64_t answers_ = 0, unavailable_ = 0, strange_ = 0;
  std::unordered_set<std::int64_t> accepted_;
  load::instant_ns last_acceptance_ = 0;
  load::histogram latency_ns_;
};

}  // namespace firstcome::lab
