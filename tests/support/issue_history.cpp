#include "support/issue_history.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "support/http_response.hpp"

namespace firstcome::testing {

std::chrono::steady_clock::time_point to_time(load::instant_ns at) {
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at));
}

issue_answer heard_of(const issue_ask& ask, const load::answer& answer) {
  issue_answer heard{.ask = ask,
                     .invoked = to_time(answer.sent_at),
                     .answered = to_time(answer.received_at),
                     .status = answer.status,
                     .has_retry_after = answer.retry_after_s > 0};
  const http_response body{.status = answer.status, .body = std::string(answer.body)};
  if (heard.yes())
    heard.sequence = body.number("sequence");
  else
    heard.code = body.code();
  return heard;
}

issue_answer nothing_heard_of(const issue_ask& ask, load::instant_ns sent_at, load::instant_ns given_up_at) {
  return {.ask = ask, .invoked = to_time(sent_at), .answered = to_time(given_up_at)};
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
