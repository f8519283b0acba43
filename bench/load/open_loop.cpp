#include "load/open_loop.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <queue>
#include <random>
#include <string_view>

#include "lab/load/request_text.hpp"

namespace firstcome::load {
namespace {

constexpr instant_ns second_ns = 1'000'000'000;

std::int64_t sequence_in(std::string_view body) {
  constexpr std::string_view key = R"("sequence":)";
  const std::size_t at = body.find(key);
  std::int64_t sequence = 0;
  if (at != body.npos) std::from_chars(body.data() + at + key.size(), body.data() + body.size(), sequence);
  return sequence;
}

class scheduled_crowd final : public workload {
 public:
  scheduled_crowd(const open_loop_options& options, const std::vector<planned_request>& plan)
      : options_(options),
        text_(options.target.host, options.path, R"({"userId":@})"),
        asked_(plan),
        planned_(plan.size()) {
    heard_.reserve(plan.size());
    std::stable_sort(asked_.begin(), asked_.end(), [](auto& a, auto& b) { return a.due_at < b.due_at; });
  }

  std::optional<outgoing> next(instant_ns now, const free_connection&) override {
    while (const auto tag = take_due(now)) {
      const planned_request& one = asked_[*tag];
      if (now - one.due_at <= options_.connection_patience_ns)
        return outgoing{.bytes = text_.for_user(one.user), .tag = *tag};
      note({.user = one.user,
            .due_at = one.due_at,
            .sent_at = now,
            .received_at = now,
            .what = heard::kind::no_connection});
    }
    return std::nullopt;
  }

  void answered(const answer& a) override {
    const planned_request one = asked_[a.tag];
    note({.user = one.user,
          .due_at = one.due_at,
          .sent_at = a.sent_at,
          .received_at = a.received_at,
          .surely_not = a.status == 503 && a.body.find(R"("code":"overloaded")") != a.body.npos,
          .status = a.status,
          .retry_after_s = a.retry_after_s,
          .sequence = a.status < 300 ? sequence_in(a.body) : 0});
    if (a.status == 503) ask_again(one.user, a.received_at, a.retry_after_s * second_ns);
  }

  void lost(std::uint64_t tag, instant_ns sent_at, instant_ns now) override {
    const planned_request one = asked_[tag];
    note({.user = one.user, .due_at = one.due_at, .sent_at = sent_at, .received_at = now, .what = heard::kind::lost});
    ask_again(one.user, now, second_ns);
  }

  bool finished(instant_ns) override { return next_planned_ == planned_ && again_.empty(); }

  std::vector<heard> take() { return std::move(heard_); }

 private:
  struct place {
    instant_ns at;
    std::size_t request;
    bool operator>(const place& other) const { return at > other.at; }
  };

  /// The request that is due longest.
  std::optional<std::size_t> take_due(instant_ns now) {
    const instant_ns planned_at = next_planned_ < planned_ ? asked_[next_planned_].due_at : INT64_MAX;
    const instant_ns again_at = again_.empty() ? INT64_MAX : again_.top().at;
    if (std::min(planned_at, again_at) > now) return std::nullopt;
    if (planned_at <= again_at) return next_planned_++;
    const std::size_t request = again_.top().request;
    again_.pop();
    return request;
  }

  void add(instant_ns at, std::int64_t user) {
    again_.push({at, asked_.size()});
    asked_.push_back({at, user});
  }

  void ask_again(std::int64_t user, instant_ns now, instant_ns after) {
    if (options_.refused == asking_again::never || now > options_.asks_until) return;
    add(options_.refused == asking_again::at_once ? now : now + after, user);
  }

  void note(heard&& one) { heard_.push_back(one); }

  const open_loop_options& options_;
  request_text text_;
  std::vector<planned_request> asked_;  // by tag: first the plan, then those who ask again
  const std::size_t planned_;
  std::size_t next_planned_ = 0;
  std::priority_queue<place, std::vector<place>, std::greater<>> again_;
  std::vector<heard> heard_;
};

}  // namespace

std::vector<planned_request> steady_arrivals(instant_ns begin, double seconds, double per_second,
                                             std::int64_t first_user, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::exponential_distribution<double> gap_s(per_second);
  std::vector<planned_request> plan;
  for (double at_s = gap_s(random); at_s < seconds; at_s += gap_s(random))
    plan.push_back({begin + static_cast<instant_ns>(at_s * 1e9), first_user++});
  return plan;
}

std::vector<heard> run_open_loop(const open_loop_options& options, const std::vector<planned_request>& plan) {
  scheduled_crowd crowd(options, plan);
  run_closed_loop({.target = options.target,
                   .more_targets = options.more_targets,
                   .connections = options.connections,
                   .request_timeout_ns = options.request_timeout_ns},
                  crowd);
  return crowd.take();
}

}  // namespace firstcome::load
