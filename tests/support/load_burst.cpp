#include "support/load_burst.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "support/coupon_operations.hpp"
#include "support/http_client.hpp"

namespace firstcome::testing {
namespace {

using clock = std::chrono::steady_clock;

class burst final : public load::workload {
 public:
  burst(const std::vector<issue_ask>& asks, const burst_options& options)
      : asks_(asks), until_(clock::now() + options.deadline), disturbances_(options.disturbances) {
    due_.resize(disturbances_.size());
    answers_.reserve(asks.size());
  }

  std::optional<load::outgoing> next(load::instant_ns, const load::free_connection&) override {
    if (next_ == asks_.size()) return std::nullopt;
    const issue_ask& ask = asks_[next_];
    bytes_ = to_bytes({.method = "POST", .target = issues_path(ask.coupon), .body = issue_body(ask.user)});
    return load::outgoing{.bytes = bytes_, .tag = next_++};
  }

  void answered(const load::answer& a) override {
    answers_.push_back(heard_of(asks_[a.tag], a));
    disturb();
  }

  void lost(std::uint64_t tag, load::instant_ns sent_at, load::instant_ns now) override {
    answers_.push_back(nothing_heard_of(asks_[tag], sent_at, now));
    disturb();
  }

  bool finished(load::instant_ns) override {
    disturb();
    return next_ == asks_.size();
  }

  bool gives_up(load::instant_ns now) override { return to_time(now) >= until_; }

  load::instant_ns comes_round_at() override {
    auto at = until_;
    for (const auto& due : due_)
      if (due) at = std::min(at, *due);
    return at.time_since_epoch() / std::chrono::nanoseconds(1);
  }

  std::vector<issue_answer> take() { return std::move(answers_); }

 private:
  void disturb() {
    for (std::size_t i = 0; i < disturbances_.size(); ++i) {
      disturbance& what = disturbances_[i];
      if (!what.act) continue;
      if (!due_[i] && answers_.size() >= what.after_answers) due_[i] = clock::now() + what.and_then;
      if (!due_[i] || clock::now() < *due_[i]) continue;
      due_[i].reset();
      std::exchange(what.act, nullptr)();
    }
  }

  const std::vector<issue_ask>& asks_;
  const clock::time_point until_;
  std::vector<disturbance> disturbances_;
  std::vector<std::optional<clock::time_point>> due_;
  std::string bytes_;
  std::size_t next_ = 0;
  std::vector<issue_answer> answers_;
};

}  // namespace

std::vector<issue_answer> run_burst(std::uint16_t port, const std::vector<issue_ask>& asks,
                                    const burst_options& options) {
  return run_burst(std::vector{port}, asks, options);
}

std::vector<issue_answer> run_burst(const std::vector<std::uint16_t>& ports, const std::vector<issue_ask>& asks,
                                    const burst_options& options) {
  burst work(asks, options);
  load::loop_options loop{.target = {"127.0.0.1", ports.at(0)},
                          .connections = options.connections,
                          .request_timeout_ns = options.deadline / std::chrono::nanoseconds(1),
                          .when_refused = load::turned_away::stays_away};
  for (std::size_t n = 1; n < ports.size(); ++n) loop.more_targets.push_back({"127.0.0.1", ports[n]});
  run_closed_loop(loop, work);
  return work.take();
}

}  // namespace firstcome::testing
