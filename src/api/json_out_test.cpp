#include "api/json_out.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace firstcome::api {
namespace {

issue_record some_record() {
  return {static_cast<coupon_id>(7), static_cast<user_id>(42),     3,
          issue_status::issued,      from_microseconds(1'000'000), std::nullopt};
}

TEST(json_out, writes_a_record) {
  std::string out;
  append(out, some_record());
  EXPECT_EQ(
      out,
      R"({"couponId":7,"userId":42,"sequence":3,"status":"issued","dateIssued":"1970-01-01T00:00:01.000Z","dateUsed":null})");
}

TEST(json_out, the_longest_record_fits_the_small_text) {
  const timestamp late = *from_rfc3339("9999-12-31T23:59:59.999999Z");
  small_text out;
  append(out, issue_record{static_cast<coupon_id>(id_max), static_cast<user_id>(id_max), quantity_max,
                           issue_status::accepted, late, late});
  EXPECT_LT(out.size(), 240u);
}

TEST(json_out, writes_a_coupon_with_what_is_left_and_its_state) {
  coupon c;
  c.id = static_cast<coupon_id>(1);
  c.title = "ten \"percent\"\n쿠폰 \x01";
  c.coupon_type = default_coupon_type;
  c.total_quantity = 5;
  c.issued_quantity = 2;
  c.window = {from_microseconds(0), from_microseconds(2'000'000)};
  std::string out;
  append(out, c, from_microseconds(1'000'000));
  EXPECT_EQ(
      out,
      R"({"id":1,"title":"ten \"percent\"\n쿠폰 \u0001","couponType":"FIRST_COME_FIRST_SERVED","totalQuantity":5,)"
      R"("issuedQuantity":2,"returnedQuantity":0,"remainingQuantity":3,"discountAmount":0,"minAvailableAmount":0,)"
      R"("dateIssueStart":"1970-01-01T00:00:00.000Z","dateIssueEnd":"1970-01-01T00:00:02.000Z","restock":"none","paused":false,)"
      R"("state":"open","dateCreated":"1970-01-01T00:00:00.000Z","dateUpdated":"1970-01-01T00:00:00.000Z"})");
}

// The rows of those whom the gate has let in may still be on their way.
TEST(json_out, what_is_left_of_a_coupon_is_what_the_gate_can_still_give) {
  coupon c;
  c.total_quantity = 5;
  c.issued_quantity = 1;
  c.returned_quantity = 1;
  const auto left = [&c] {
    std::string out;
    append(out, c, timestamp{});
    return boost::json::parse(out).at("remainingQuantity").as_int64();
  };
  EXPECT_EQ(left(), 4);
  c.admitted_quantity = 5;
  EXPECT_EQ(left(), 1);
  c.admitted_quantity = 6;
  EXPECT_EQ(left(), 0);
}

TEST(json_out, escapes_what_must_not_stand_in_a_text) {
  for (int c = 1; c < 0x80; ++c) {
    const std::string text{'a', static_cast<char>(c), 'z'};
    std::string out = "[";
    append_string(out, text);
    EXPECT_EQ(out, "[" + boost::json::serialize(boost::json::string_view(text))) << c;
  }
  std::string out;
  append_string(out, "쿠폰");
  append_string(out, "");
  EXPECT_EQ(out, "\"쿠폰\"\"\"");
}

TEST(json_out, an_unlimited_coupon_has_neither_total_nor_rest) {
  coupon c;
  std::string out;
  append(out, c, timestamp{});
  EXPECT_NE(out.find(R"("totalQuantity":null)"), std::string::npos);
  EXPECT_NE(out.find(R"("remainingQuantity":null)"), std::string::npos);
}

TEST(json_out, a_page_ends_with_where_the_next_begins) {
  std::string out;
  append(out, coupon_issue_page{});
  EXPECT_EQ(out, R"({"items":[],"nextCursor":null})");
  out.clear();
  append(out, user_issue_page{{some_record(), some_record()}, user_issue_position{from_microseconds(5), 9}});
  EXPECT_TRUE(out.ends_with(R"(}],"nextCursor":"5-9"})")) << out;
  EXPECT_NE(out.find("},{"), std::string::npos);
}

}  // namespace
}  // namespace firstcome::api
