#pragma once

// Ten thousand people who want the same coupon at the same time. Each asks once, or several times at once; who hears
// "overloaded" or nothing at all asks again until it is resolved. Some who got one give it back at once, while the
// others still ask. Everything that was sent and heard is written down.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "auditor/auditor.hpp"
#include "lab/load/closed_loop.hpp"
#include "lab/load/histogram.hpp"
#include "lab/load/request_text.hpp"

namespace firstcome::burst {

struct crowd_options {
  std::int64_t coupon = 1;
  std::uint64_t users = 10'000;
  int repeat = 1;           // how often each user asks at once
  int attempts_max = 50;    // of one asking: first and again
  std::uint64_t seed = 1;   // who they are, out of ten million
  int returns_percent = 0;  // of those who got one: give it back
};

/// Asked until it was answered; then it is done.
struct coupon_return {
  load::instant_ns invoked_at = 0;  // the first time
  load::instant_ns answered_at = 0;
};

/// What was heard, by kind of answer.
struct tally {
  std::uint64_t admitted = 0;  // users; their other askings that were at once and share the answer are `already`
  std::uint64_t already = 0;
  std::uint64_t sold_out = 0;
  std::uint64_t refused = 0;
  std::uint64_t overloaded = 0;  // and asked again
  std::uint64_t unknown = 0;     // and asked again
  std::uint64_t strange = 0;     // a status that the contract does not have here
  std::uint64_t given_up = 0;    // still not resolved after attempts_max
  std::uint64_t returned = 0;    // users that gave theirs back
};

class crowd final : public load::workload {
 public:
  /// `on_progress` is called about ten times a second with the share of askings that are resolved.
  crowd(const std::string& host, const crowd_options& options, std::function<void(double)> on_progress);

  std::optional<load::outgoing> next(load::instant_ns now, const load::free_connection& on) override;
  void answered(const load::answer& a) override;
  void lost(std::uint64_t tag, load::instant_ns sent_at, load::instant_ns now) override;
  bool finished(load::instant_ns now) override;

  const std::vector<auditor::request>& history() const { return history_; }
  const tally& heard() const { return heard_; }
  /// How many different users heard yes.
  std::size_t winners() const { return winners_.size(); }
  const load::histogram& latency_ns() const { return latency_ns_; }
  const std::vector<coupon_return>& returns() const { return returns_; }

 private:
  struct asking {
    std::int64_t user;
    int attempt;
    load::instant_ns due_at;
  };

  struct giving_back {
    std::int64_t user = 0;
    int attempt = 0;
    std::size_t at = 0;  // in returns_
    load::instant_ns due_at = 0;
  };

  load::outgoing ask_to_return(giving_back who, load::instant_ns now);
  void return_answered(const load::answer& a);
  void return_again(std::uint64_t tag, load::instant_ns now);
  bool gives_back(std::int64_t user) const;
  void ask_again(std::uint64_t tag, load::instant_ns now);

  const crowd_options options_;
  load::request_text text_;
  std::function<void(double)> on_progress_;
  load::instant_ns next_progress_at_ = 0;
  std::uint64_t started_ = 0;   // askings begun, of users * repeat
  std::uint64_t resolved_ = 0;  // askings that ended
  std::deque<asking> again_;    // ordered by due_at: the pause is always the same
  std::vector<auditor::request> history_;
  std::vector<int> attempts_;  // beside history_: which attempt it was
  std::unordered_set<std::int64_t> winners_;
  const std::string host_;
  std::string return_bytes_;
  std::deque<giving_back> to_return_;   // ordered by due_at, too
  std::vector<giving_back> returning_;  // by tag
  std::vector<coupon_return> returns_;
  std::uint64_t returns_resolved_ = 0;
  tally heard_;
  load::histogram latency_ns_;
};

}  // namespace firstcome::burst
