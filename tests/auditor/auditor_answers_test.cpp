// What the tests of real processes put before the judge: support/promise_audit.hpp.

#include <gmock/gmock.h>

#include "support/promise_audit.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class auditor_answers : public ::testing::Test {
 protected:
  /// A hundred users who heard nothing for so long, as when a node stands still and the burst ends.
  static std::vector<issue_answer> nothing_for(std::chrono::seconds long_time) {
    const auto asked_at = std::chrono::steady_clock::now();
    std::vector<issue_answer> answers;
    for (int user = 1; user <= 100; ++user)
      answers.push_back({.ask = {1, user}, .invoked = asked_at, .answered = asked_at + long_time});
    return answers;
  }
  ledger_rows rows_{.coupons = {{.id = 1, .total_quantity = 10}}};
};

TEST_F(auditor_answers, silence_for_a_minute_is_none) {
  const auto wrong = broken_promises(nothing_for(60s), rows_, 1);
  EXPECT_THAT(wrong, Not(IsEmpty()));
  EXPECT_THAT(wrong, Each(HasSubstr("promise 10")));
}

TEST_F(auditor_answers, may_be_missing_as_long_as_a_busy_machine_takes) {
  EXPECT_THAT(broken_promises(nothing_for(10s), rows_, 1), IsEmpty());
}

TEST_F(auditor_answers, may_be_missing_where_the_test_does_not_say_what_was_cut) {
  EXPECT_THAT(broken_promises(nothing_for(60s), rows_, 1, {}), IsEmpty());
}

}  // namespace
}  // namespace firstcome::testing
