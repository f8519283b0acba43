#include "support/promise_audit.hpp"

#include <map>
#include <set>
#include <utility>

namespace firstcome::testing {
namespace {

/// The request's deadline (5 s), and what a busy machine may add with sanitizers; for tests that say nothing else.
constexpr std::chrono::nanoseconds answered_at_the_latest = std::chrono::seconds(30);

auditor::outcome outcome_of(const issue_answer& answer) {
  using enum auditor::outcome;
  static const std::map<std::string, auditor::outcome> by_code = {{"sold_out", sold_out}, {"not_started", not_started},
                                                                  {"ended", ended},       {"paused", paused},
                                                                  {"returned", returned}, {"overloaded", overloaded}};
  if (answer.yes()) return yes;
  if (const auto found = by_code.find(answer.code); found != by_code.end()) return found->second;
  return answer.status == 409 ? refused : unknown;
}

bool fit_for_a_crowd(const issue_answer& answer, bool some_return) {
  if (answer.yes() || answer.status == 0) return true;
  if (answer.status == 409 && answer.code == "returned") return some_return;
  if (answer.status == 409)
    return std::set<std::string>{"sold_out", "not_started", "ended", "paused"}.contains(answer.code);
  return answer.status == 503 && answer.has_retry_after &&
         (answer.code == "overloaded" || answer.code == "unavailable");
}

std::string sentence(const issue_answer& answer, const std::string& what) {
  return "coupon " + std::to_string(answer.ask.coupon) + ", user " + std::to_string(answer.ask.user) + " heard " +
         std::to_string(answer.status) + " " + answer.code + " (sequence " + std::to_string(answer.sequence) +
         "): " + what;
}

auditor::request request_of(const issue_answer& answer) {
  return {.user = answer.ask.user,
          .invoked_at = answer.invoked.time_since_epoch().count(),
          .answered_at = answer.answered.time_since_epoch().count(),
          .what = outcome_of(answer),
          .sequence = static_cast<std::int32_t>(answer.sequence)};
}

}  // namespace

auditor::assumptions nobody_waits_in_vain() {
  return {.silences = std::vector<auditor::disturbance>()};
}

std::vector<std::string> broken_promises(const std::vector<issue_answer>& answers, const ledger_rows& rows,
                                         std::int64_t coupon, const auditor::assumptions& given) {
  std::vector<std::string> wrong;
  std::vector<auditor::request> history;
  for (const issue_answer& answer : answers) {
    if (answer.ask.coupon != coupon) continue;
    if (!fit_for_a_crowd(answer, !given.steps.empty()) && wrong.size() < 5)
      wrong.push_back(sentence(answer, "not an answer for a crowd"));
    history.push_back(request_of(answer));
  }
  const coupon_row& offer = rows.coupon(coupon);
  auditor::books books;
  books.issued_quantity = offer.issued_quantity;
  if (offer.total_quantity) books.total_quantity = static_cast<std::int32_t>(*offer.total_quantity);
  for (const issue_row& row : rows.issues_of(coupon))
    books.rows.push_back({.user = row.user,
                          .sequence = static_cast<std::int32_t>(row.sequence),
                          .state = row.returned ? auditor::issue_state::returned : auditor::issue_state::live});
  auditor::assumptions all_given = given;
  if (!all_given.answer_within_ns) all_given.answer_within_ns = answered_at_the_latest.count();
  for (const auditor::broken_promise& broken : auditor::audit(history, books, all_given))
    wrong.push_back("promise " + std::to_string(broken.promise) + ": " + broken.what);
  return wrong;
}

std::vector<std::string> lost_answers(const std::vector<issue_answer>& answers, const ledger_rows& rows) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> kept;
  for (const issue_row& row : rows.issues) kept[{row.coupon, row.user}] = row.sequence;
  std::vector<std::string> wrong;
  for (const issue_answer& answer : answers) {
    if (!answer.yes() || wrong.size() >= 10) continue;
    const auto found = kept.find({answer.ask.coupon, answer.ask.user});
    if (found == kept.end())
      wrong.push_back(sentence(answer, "no row"));
    else if (found->second != answer.sequence)
      wrong.push_back(sentence(answer, "the row says " + std::to_string(found->second)));
  }
  return wrong;
}

}  // namespace firstcome::testing
