#include "burst/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firstcome::burst {
namespace {

using ::testing::HasSubstr;

TEST(burst_verdict, a_quiet_run_did_not_try_what_nothing_could_have_broken) {
  const trial quiet{.heard = {.admitted = 500, .sold_out = 9500}, .users = 10'000};
  const std::string said = verdict({}, quiet);
  for (const char* line :
       {"held       1. no over-issue\n", "not tried  2. one per user  (--repeat 3 would)\n",
        "held       3. a yes is kept\n", "held       4. no under-issue\n", "held       5. the books agree\n",
        "not tried  6. asking again is safe", "held       7. first come, first served\n",
        "held       8. a refusal is true\n", "not tried  9. yes, no and unknown are kept apart",
        "not tried  10. overload is refused early"})
    EXPECT_THAT(said, HasSubstr(line));
}

TEST(burst_verdict, what_happened_was_tried) {
  EXPECT_TRUE(was_tried(2, {.heard = {.admitted = 1, .already = 2}, .repeat = 3}));
  EXPECT_TRUE(was_tried(6, {.heard = {.admitted = 1, .unknown = 1}}));
  EXPECT_TRUE(was_tried(9, {.heard = {.unknown = 1}}));
  EXPECT_TRUE(was_tried(10, {.heard = {.overloaded = 1}}));
  EXPECT_TRUE(was_tried(8, {.heard = {.refused = 1}}));
}

TEST(burst_verdict, a_coupon_that_had_enough_for_all_or_none_at_all_tried_little) {
  const trial enough{.heard = {.admitted = 10}, .users = 10, .more_users_than_left = false};
  EXPECT_FALSE(was_tried(1, enough));
  EXPECT_FALSE(was_tried(4, enough));
  EXPECT_FALSE(was_tried(8, enough));
  const trial none{.heard = {.sold_out = 10}, .users = 10};
  EXPECT_FALSE(was_tried(3, none));
  EXPECT_FALSE(was_tried(7, none));
  EXPECT_TRUE(was_tried(8, none));
}

TEST(burst_verdict, a_broken_promise_is_said_also_when_nothing_seemed_to_try_it) {
  const std::string said = verdict({{.promise = 9, .what = "user 7 heard no"}}, {.heard = {.admitted = 1}});
  EXPECT_THAT(said, HasSubstr("BROKEN     9. yes, no and unknown are kept apart\n                user 7 heard no\n"));
}

}  // namespace
}  // namespace firstcome::burst
