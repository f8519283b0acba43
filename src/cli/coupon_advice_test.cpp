#include "cli/coupon_advice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace firstcome::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(coupon_advice, warns_of_a_new_coupon_whose_time_is_over) {
  EXPECT_THAT(advice_on({{"id", 7}, {"state", "ended"}, {"dateIssueEnd", "2020-01-01T00:00:00.000Z"}}),
              AllOf(HasSubstr("2020-01-01T00:00:00.000Z"), HasSubstr("coupon update 7 --end"), HasSubstr("+09:00")));
  for (const char* state : {"open", "scheduled", "paused", "sold_out"})
    EXPECT_EQ(advice_on({{"id", 7}, {"state", state}, {"dateIssueEnd", "2020-01-01T00:00:00.000Z"}}), "");
}

TEST(coupon_advice, names_flags_where_the_api_names_members) {
  EXPECT_EQ(with_flags("dateIssueEnd must be after dateIssueStart. (422 invalid_coupon)"),
            "--end must be after --start. (422 invalid_coupon)");
  EXPECT_EQ(with_flags("No coupon has this id."), "No coupon has this id.");
}

}  // namespace
}  // namespace firstcome::cli
