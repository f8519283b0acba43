#include "api/query.hpp"

#include <gtest/gtest.h>

#include "api/json_out.hpp"

namespace firstcome::api {
namespace {

list_query with_cursor(std::string_view cursor) {
  list_query query;
  query.cursor = cursor;
  return query;
}

TEST(list_query, has_a_hundred_items_from_the_beginning_by_default) {
  const auto read = read_list_query("");
  EXPECT_EQ(read->limit, 100);
  EXPECT_FALSE(read->cursor);
  EXPECT_EQ(*coupons_after(*read), std::nullopt);
  EXPECT_EQ(*issues_after(*read), 0);
  EXPECT_EQ(*user_issues_after(*read) == std::nullopt, true);
}

TEST(list_query, takes_limit_and_cursor_and_ignores_the_rest) {
  const auto read = read_list_query("x=1&limit=1000&&y&cursor=17&x=2");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->limit, 1000);
  EXPECT_EQ(*coupons_after(*read), static_cast<coupon_id>(17));
  EXPECT_EQ(*issues_after(*read), 17);
}

TEST(list_query, refuses_other_limits) {
  for (const char* query :
       {"limit=0", "limit=1001", "limit=-1", "limit=", "limit", "limit=1.0", "limit=ten", "limit=1x",
        "limit=99999999999", "limit=%31", "limit=+1", "limit=1&limit=1", "cursor=1&cursor=2"})
    EXPECT_FALSE(read_list_query(query).has_value()) << query;
}

TEST(list_query, refuses_cursors_that_were_not_handed_out) {
  for (const char* cursor : {"", "0", "-1", "x", "1x", "9223372036854775808", "1-"}) {
    EXPECT_FALSE(coupons_after(with_cursor(cursor)).has_value()) << cursor;
    EXPECT_FALSE(issues_after(with_cursor(cursor)).has_value()) << cursor;
    EXPECT_FALSE(user_issues_after(with_cursor(cursor)).has_value()) << cursor;
  }
  EXPECT_FALSE(issues_after(with_cursor("2147483648")).has_value());
  EXPECT_FALSE(user_issues_after(with_cursor("5-9-1")).has_value());
}

TEST(list_query, reads_the_cursor_of_a_users_issues_as_it_was_written) {
  const user_issue_position position{from_microseconds(1'700'000'000'123'456), 99};
  const std::string cursor = cursor_of(position);
  const auto read = user_issues_after(with_cursor(cursor));
  ASSERT_TRUE(read.has_value() && read->has_value());
  EXPECT_EQ((*read)->date_issued, position.date_issued);
  EXPECT_EQ((*read)->issue_row_id, 99);
}

}  // namespace
}  // namespace firstcome::api
