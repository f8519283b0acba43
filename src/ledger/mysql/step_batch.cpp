#include "ledger/mysql/step_batch.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <utility>

#include "ledger/mysql/operator_trail.hpp"
#include "ledger/mysql/transaction.hpp"

namespace firstcome::ledger {
namespace {

constexpr int readings_max = 50;  // others have changed one of a batch's issues each time: no crowd of tills does that

}  // namespace

step_batch::step_batch(sql::mysql_connection& db, std::span<const step_request> requests)
    : db_(db), requests_(requests), answers_(requests.size(), errc::unavailable) {}

/// Calls it with one step of each issue at a time: the second is decided by what the first has made of it.
template <class Take>
void step_batch::each_round(Take take) {
  places waiting(requests_.size());
  std::iota(waiting.begin(), waiting.end(), std::size_t{0});
  while (!waiting.empty()) take(first_of_each_issue(waiting));
}

std::vector<result<issue_record>> step_batch::take() {
  each_round([this](const places& round) {
    int readings = 1;
    while (!in_transaction(db_, [&] { return store_in_a_transaction(decide(round, row_lock::none)); }))
      if (readings++ == readings_max) throw transaction_conflict("issues were changed each time they had been read");
  });
  return std::move(answers_);
}

std::vector<result<issue_record>> step_batch::take_in_this_transaction() {
  each_round([this](const places& round) {
    const decided steps = decide(round, row_lock::held);
    if (!store(steps)) throw std::logic_error("an issue changed while its row was locked");
    for (const issue_change& one : steps.changes) returned_ += one.return_reason ? 1 : 0;
  });
  return std::move(answers_);
}

/// Takes them out of `waiting`, rows_max at most.
step_batch::places step_batch::first_of_each_issue(places& waiting) const {
  std::set<issue_name> seen;
  const auto is_first = [&](std::size_t n) {
    return seen.size() < rows_max && seen.emplace(requests_[n].coupon, requests_[n].user).second;
  };
  const auto later = std::stable_partition(waiting.begin(), waiting.end(), is_first);
  places round(waiting.begin(), later);
  waiting.erase(waiting.begin(), later);
  return round;
}

/// Answers everybody as if all that is to be stored were stored.
step_batch::decided step_batch::decide(const places& round, row_lock lock) {
  std::vector<issue_name> names;
  for (const std::size_t n : round) names.emplace_back(requests_[n].coupon, requests_[n].user);
  const std::map<issue_name, issue_row> rows = read_issues(db_, names, lock);
  decided steps;
  for (const std::size_t n : round) {
    const step_request& asked = requests_[n];
    const auto found = rows.find({asked.coupon, asked.user});
    if (found == rows.end()) {
      answers_[n] = errc::issue_not_found;
      continue;
    }
    const issue_row& before = found->second;
    const result<issue_after_step> after = after_step(before.issue, asked.step, before.min_available_amount, asked.at);
    answers_[n] = after ? result<issue_record>(after->issue.record) : after.error();
    if (!after || !after->changed) continue;
    const auto* given_back = std::get_if<return_step>(&asked.step);
    steps.changes.push_back({before, after->issue, {}, asked.at});
    if (given_back != nullptr) steps.changes.back().return_reason = given_back->reason;
    if (auto action = step_action_of(before.issue, after->issue, asked.step, asked.by, asked.at))
      steps.actions.push_back(std::move(*action));
  }
  return steps;
}

/// False: an issue is not as it was; only the rollback is left.
bool step_batch::store(const decided& steps) {
  if (steps.changes.empty()) return true;
  if (!update_issues(db_, steps.changes)) return false;
  if (!steps.actions.empty()) note_actions(db_, steps.actions);
  return true;
}

/// False: an issue is not as it was, and nothing was done.
bool step_batch::store_in_a_transaction(const decided& steps) {
  if (steps.changes.empty()) return true;
  if (steps.changes.size() == 1 && steps.actions.empty()) return store(steps);  // one statement is a transaction
  begin(db_);
  const bool stored = store(steps);
  stored ? static_cast<void>(db_.execute("COMMIT")) : roll_back(db_);
  return stored;
}

}  // namespace firstcome::ledger
