#include "support/load_burst.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "support/burst_connection.hpp"

namespace firstcome::testing {
namespace {

using clock = std::chrono::steady_clock;

class burst {
 public:
  burst(const std::vector<std::uint16_t>& ports, const std::vector<issue_ask>& asks, const burst_options& options)
      : asks_(asks), until_(clock::now() + options.deadline), disturbances_(options.disturbances) {
    due_.resize(disturbances_.size());
    answers_.reserve(asks.size());
    for (std::size_t i = 0; i < static_cast<std::size_t>(options.connections); ++i)
      connections_.push_back(std::make_unique<burst_connection>(epoll_, ports[i % ports.size()]));
  }
  ~burst() { close(epoll_); }
  burst(const burst&) = delete;
  burst& operator=(const burst&) = delete;

  std::vector<issue_answer> run() {
    for (auto& connection : connections_) give_next(*connection);
    disturb();
    while (busy_ > 0 && clock::now() < until_) turn();
    for (auto& connection : connections_)
      if (connection->busy()) answers_.push_back(connection->give_up());
    return std::move(answers_);
  }

 private:
  void give_next(burst_connection& connection) {
    while (next_ < asks_.size()) {
      if (!connection.ask(asks_[next_])) return;  // the server is gone: this connection rests
      ++next_;
      ++busy_;
      return;
    }
  }

  void turn() {
    std::array<epoll_event, 256> events;
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), patience_ms());
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<burst_connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (std::optional<issue_answer> answer = connection.proceed()) {
        --busy_;
        answers_.push_back(std::move(*answer));
        disturb();
        give_next(connection);
      }
    }
    disturb();
  }

  // A disturbance that is due within a millisecond is waited for without sleeping, so that it comes at its instant.
  int patience_ms() const {
    auto next = until_;
    for (const auto& due : due_)
      if (due) next = std::min(next, *due);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 100));
  }

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
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<burst_connection>> connections_;
  std::size_t next_ = 0;
  std::size_t busy_ = 0;
  std::vector<issue_answer> answers_;
};

}  // namespace

std::vector<issue_answer> run_burst(std::uint16_t port, const std::vector<issue_ask>& asks,
                                    const burst_options& options) {
  return burst({port}, asks, options).run();
}

std::vector<issue_answer> run_burst(const std::vector<std::uint16_t>& ports, const std::vector<issue_ask>& asks,
                                    const burst_options& options) {
  return burst(ports, asks, options).run();
}

std::vector<issue_ask> crowd(std::int64_t coupon, std::int64_t first, int count, std::uint32_t seed) {
  std::vector<issue_ask> asks;
  for (int i = 0; i < count; ++i) asks.push_back({coupon, first + i});
  std::shuffle(asks.begin(), asks.end(), std::mt19937(seed));
  return asks;
}

void append(std::vector<issue_answer>& all, const std::vector<issue_answer>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

std::size_t count_winners(const std::vector<issue_answer>& answers) {
  std::set<std::pair<std::int64_t, std::int64_t>> winners;
  for (const issue_answer& answer : answers)
    if (answer.yes()) winners.emplace(answer.ask.coupon, answer.ask.user);
  return winners.size();
}

std::size_t count_status(const std::vector<issue_answer>& answers, int status) {
  return static_cast<std::size_t>(
      std::count_if(answers.begin(), answers.end(), [status](const issue_answer& a) { return a.status == status; }));
}

std::size_t count_code(const std::vector<issue_answer>& answers, const std::string& code) {
  return static_cast<std::size_t>(
      std::count_if(answers.begin(), answers.end(), [&code](const issue_answer& a) { return a.code == code; }));
}

}  // namespace firstcome::testing
