#include "load/measurement.hpp"

#include <unistd.h>

#include <boost/json.hpp>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "load/process_cpu.hpp"
#include "load/user_ids.hpp"

namespace firstcome::load {
namespace {

/// Whole requests, ready to be sent: one for each token.
std::vector<std::string> requests_with_tokens(const measurement_options& options) {
  std::vector<std::string> requests;
  if (options.tokens_file.empty()) return requests;
  std::ifstream tokens(options.tokens_file);
  for (std::string token; std::getline(tokens, token);)
    requests.push_back("POST " + options.path + " HTTP/1.1\r\nHost: " + options.target.host +
                       "\r\nAuthorization: Bearer " + token + "\r\nContent-Type: application/json\r\nContent-Length: " +
                       std::to_string(options.body.size()) + "\r\n\r\n" + options.body);
  if (requests.empty()) throw std::runtime_error("there are no tokens in " + options.tokens_file);
  return requests;
}

class measured_workload final : public workload {
 public:
  explicit measured_workload(const measurement_options& options)
      : options_(options),
        text_(options.target.host, options.path, options.body, options.bearer),
        with_tokens_(requests_with_tokens(options)) {
    const instant_ns now = now_ns();
    const bool counted = options.requests > 0;
    measure_from_ = now + static_cast<instant_ns>(counted ? 0 : options.warm_up_s * 1e9);
    measure_until_ = counted ? INT64_MAX : measure_from_ + static_cast<instant_ns>(options.duration_s * 1e9);
  }

  std::optional<outgoing> next(instant_ns now, const free_connection&) override {
    if (now >= measure_until_ || (options_.requests > 0 && result_.users_asked == options_.requests))
      return std::nullopt;
    if (!with_tokens_.empty())
      return outgoing{.bytes = with_tokens_[result_.users_asked++ % with_tokens_.size()], .tag = 0};
    return outgoing{.bytes = text_.for_user(next_user()), .tag = 0};
  }

  void answered(const answer& a) override {
    if (!options_.expected.contains(a.status)) ++result_.unexpected;
    if (!measuring_ || a.received_at > measure_until_) return;
    result_.latency_ns.record(a.received_at - a.sent_at);
    ++by_status_[static_cast<std::size_t>(a.status)];
    ++result_.answers;
  }

  void lost(std::uint64_t, instant_ns, instant_ns) override { ++result_.lost; }

  bool finished(instant_ns now) override {
    if (!measuring_ && now >= measure_from_ && now < measure_until_) begin(now);
    if (measuring_ && now >= measure_until_ && ended_at_ == 0) end(now);
    return now >= measure_until_ || (options_.requests > 0 && result_.users_asked == options_.requests);
  }

  measurement result() {
    if (ended_at_ == 0) end(now_ns());
    const instant_ns counted_until = std::min(ended_at_, measure_until_);
    if (!measuring_ || counted_until <= began_at_)
      throw std::runtime_error("the client did not get to run in time: the machine is too busy to measure");
    result_.seconds = static_cast<double>(counted_until - began_at_) / 1e9;
    for (std::size_t status = 0; status < by_status_.size(); ++status)
      if (by_status_[status] > 0) result_.answers_by_status[static_cast<int>(status)] = by_status_[status];
    const auto elapsed_ns = static_cast<double>(ended_at_ - began_at_);
    const auto answers = static_cast<double>(std::max<std::uint64_t>(1, result_.answers));
    result_.client_cpu_us_per_request = static_cast<double>(client_cpu_.used_ns) / 1e3 / answers;
    result_.server_cpu_us_per_request = static_cast<double>(server_cpu_.used_ns) / 1e3 / answers;
    result_.client_cpu_share = static_cast<double>(client_cpu_.used_ns) / elapsed_ns;
    result_.client_waited_share = static_cast<double>(client_cpu_.waited_ns) / elapsed_ns;
    result_.server_waited_share = static_cast<double>(server_cpu_.waited_ns) / elapsed_ns;
    return std::move(result_);
  }

 private:
  std::int64_t next_user() {
    std::uint64_t i = result_.users_asked++;
    if (options_.different_users > 0) i %= options_.different_users;
    switch (options_.users) {
      case user_kind::fixed:
        return static_cast<std::int64_t>(options_.first_user);
      case user_kind::sequential:
        return static_cast<std::int64_t>(options_.first_user + i);
      case user_kind::random:
        return random_user(options_.seed, options_.first_user + i);
    }
    return 0;
  }

  void begin(instant_ns now) {
    measuring_ = true;
    began_at_ = now;
    client_cpu_ = cpu_account_of(getpid());
    if (options_.server_pid != 0) server_cpu_ = cpu_account_of(options_.server_pid);
  }

  void end(instant_ns now) {
    ended_at_ = now;
    client_cpu_ = cpu_account_of(getpid()) - client_cpu_;
    if (options_.server_pid != 0) server_cpu_ = cpu_account_of(options_.server_pid) - server_cpu_;
  }

  const measurement_options& options_;
  request_text text_;
  const std::vector<std::string> with_tokens_;
  measurement result_;
  std::array<std::uint64_t, 1000> by_status_{};
  instant_ns measure_from_ = 0;
  instant_ns measure_until_ = 0;
  instant_ns began_at_ = 0;
  instant_ns ended_at_ = 0;
  cpu_account client_cpu_;  // at the beginning; after the end: what was used in between
  cpu_account server_cpu_;
  bool measuring_ = false;
};

}  // namespace

measurement measure(const measurement_options& options) {
  measured_workload work(options);
  run_closed_loop({.target = options.target, .connections = options.connections}, work);
  return work.result();
}

std::string to_json(const measurement& m) {
  const auto us = [&](double percent) { return static_cast<double>(m.latency_ns.percentile(percent)) / 1e3; };
  boost::json::object statuses;
  for (const auto& [status, count] : m.answers_by_status) statuses[std::to_string(status)] = count;
  const boost::json::object report{
      {"requests_per_second", m.seconds > 0 ? static_cast<double>(m.answers) / m.seconds : 0.0},
      {"seconds", m.seconds},
      {"answers", m.answers},
      {"latency_us",
       {{"p50", us(50)},
        {"p90", us(90)},
        {"p99", us(99)},
        {"p99.9", us(99.9)},
        {"max", static_cast<double>(m.latency_ns.max()) / 1e3}}},
      {"answers_by_status", statuses},
      {"unexpected", m.unexpected},
      {"lost", m.lost},
      {"users_asked", m.users_asked},
      {"client_cpu_us_per_request", m.client_cpu_us_per_request},
      {"client_cpu_share", m.client_cpu_share},
      {"client_waited_share", m.client_waited_share},
      {"server_cpu_us_per_request", m.server_cpu_us_per_request},
      {"server_waited_share", m.server_waited_share}};
  return boost::json::serialize(report);
}

}  // namespace firstcome::load
