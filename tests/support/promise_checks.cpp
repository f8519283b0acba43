#include "support/promise_checks.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace firstcome::testing {
namespace {

using place = std::pair<std::int64_t, std::int64_t>;  // coupon, user

std::string named(const place& who) {
  return "coupon " + std::to_string(who.first) + ", user " + std::to_string(who.second);
}

constexpr std::size_t enough_complaints = 10;

}  // namespace

complaints wrong_in_ledger(const ledger_rows& rows, std::int64_t coupon) {
  complaints wrong;
  const coupon_row& offer = rows.coupon(coupon);
  const std::vector<issue_row> issues = rows.issues_of(coupon);
  const auto count = static_cast<std::int64_t>(issues.size());
  if (offer.total_quantity && count > *offer.total_quantity)
    wrong.push_back(std::to_string(count) + " rows of " + std::to_string(*offer.total_quantity));
  if (offer.issued_quantity != count)
    wrong.push_back("issued_quantity " + std::to_string(offer.issued_quantity) + ", rows " + std::to_string(count));
  std::set<std::int64_t> users;
  std::int64_t expected = 0;
  for (const issue_row& row : issues) {
    ++expected;
    if (row.sequence != expected && wrong.size() < enough_complaints)
      wrong.push_back("sequence " + std::to_string(row.sequence) + " where " + std::to_string(expected) + " was due");
    if (!users.insert(row.user).second) wrong.push_back("twice: " + named({coupon, row.user}));
  }
  return wrong;
}

complaints broken_answers(const std::vector<issue_answer>& answers, const ledger_rows& rows) {
  std::map<place, std::int64_t> kept;
  for (const issue_row& row : rows.issues) kept[{row.coupon, row.user}] = row.sequence;
  complaints wrong;
  for (const issue_answer& answer : answers) {
    if (!answer.yes() || wrong.size() >= enough_complaints) continue;
    const place who{answer.ask.coupon, answer.ask.user};
    const auto found = kept.find(who);
    if (found == kept.end())
      wrong.push_back(named(who) + " heard " + std::to_string(answer.status) + " and has no row");
    else if (found->second != answer.sequence)
      wrong.push_back(named(who) + " heard sequence " + std::to_string(answer.sequence) + ", the row says " +
                      std::to_string(found->second));
  }
  return wrong;
}

complaints out_of_order(const std::vector<issue_answer>& answers) {
  std::map<std::int64_t, std::vector<const issue_answer*>> admitted;  // of each coupon
  for (const issue_answer& answer : answers)
    if (answer.status == 201) admitted[answer.ask.coupon].push_back(&answer);
  complaints wrong;
  for (auto& [coupon, all] : admitted) {
    std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->sequence < b->sequence; });
    const issue_answer* latest = nullptr;  // the one among those before that asked last
    for (const issue_answer* answer : all) {
      if (latest != nullptr && answer->answered < latest->invoked && wrong.size() < enough_complaints)
        wrong.push_back("sequence " + std::to_string(answer->sequence) + " was answered before sequence " +
                        std::to_string(latest->sequence) + " asked");
      if (latest == nullptr || answer->invoked > latest->invoked) latest = answer;
    }
  }
  return wrong;
}

complaints false_refusals(const std::vector<issue_answer>& answers, const ledger_rows& rows, std::int64_t coupon) {
  const coupon_row& offer = rows.coupon(coupon);
  const auto refused = std::count_if(answers.begin(), answers.end(), [coupon](const issue_answer& answer) {
    return answer.ask.coupon == coupon && answer.code == "sold_out";
  });
  const auto count = static_cast<std::int64_t>(rows.issues_of(coupon).size());
  if (refused == 0 || (offer.total_quantity && count == *offer.total_quantity)) return {};
  return {std::to_string(refused) + " heard sold_out with " + std::to_string(count) + " rows"};
}

}  // namespace firstcome::testing
