#include "domain/coupon.hpp"

#include <gtest/gtest.h>

namespace firstcome {
namespace {

const timestamp start = from_microseconds(1'000'000);
const timestamp end = from_microseconds(2'000'000);

coupon_draft valid_draft() {
  coupon_draft draft;
  draft.title = "A coupon";
  draft.total_quantity = 500;
  draft.window = {start, end};
  return draft;
}

coupon open_coupon() {
  coupon c;
  c.title = "A coupon";
  c.coupon_type = default_coupon_type;
  c.total_quantity = 2;
  c.window = {start, end};
  return c;
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(coupon_draft, is_valid_with_a_title_and_a_window) {
  EXPECT_EQ(why_invalid(valid_draft()), std::nullopt);
}

TEST(coupon_draft, counts_the_characters_of_a_title_and_not_its_bytes) {
  coupon_draft draft = valid_draft();
  draft.title = repeated("쿠", 255);
  EXPECT_EQ(why_invalid(draft), std::nullopt);
  draft.title = repeated("😀", 255);
  EXPECT_EQ(why_invalid(draft), std::nullopt);
  draft.title += "a";
  EXPECT_EQ(why_invalid(draft), "title must have 1 to 255 characters");
  draft.title.clear();
  EXPECT_EQ(why_invalid(draft), "title must have 1 to 255 characters");
}

TEST(coupon_draft, refuses_texts_that_are_not_utf8) {
  for (const char* text : {"\xC3", "\xC3(", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                           "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xFF"}) {
    coupon_draft draft = valid_draft();
    draft.coupon_type = text;
    EXPECT_EQ(why_invalid(draft), "couponType must be valid UTF-8");
  }
}

TEST(coupon_draft, may_be_unlimited_but_not_empty) {
  coupon_draft draft = valid_draft();
  draft.total_quantity = std::nullopt;
  EXPECT_EQ(why_invalid(draft), std::nullopt);
  for (const int quantity : {0, -1}) {
    draft.total_quantity = quantity;
    EXPECT_EQ(why_invalid(draft), "totalQuantity must be 1 to 2147483647, or null for unlimited");
  }
  draft.total_quantity = quantity_max;
  EXPECT_EQ(why_invalid(draft), std::nullopt);
}

TEST(coupon_draft, refuses_negative_amounts) {
  coupon_draft draft = valid_draft();
  draft.discount_amount = -1;
  EXPECT_EQ(why_invalid(draft), "discountAmount must be 0 to 2147483647");
  draft = valid_draft();
  draft.min_available_amount = -1;
  EXPECT_EQ(why_invalid(draft), "minAvailableAmount must be 0 to 2147483647");
}

TEST(coupon_draft, refuses_a_window_that_is_empty_or_backwards) {
  coupon_draft draft = valid_draft();
  draft.window = {start, start};
  EXPECT_EQ(why_invalid(draft), "dateIssueEnd must be after dateIssueStart");
  draft.window = {end, start};
  EXPECT_EQ(why_invalid(draft), "dateIssueEnd must be after dateIssueStart");
}

TEST(coupon_change, leaves_what_it_does_not_name) {
  coupon_change change;
  change.paused = true;
  const coupon changed = with_change(open_coupon(), change);
  EXPECT_TRUE(changed.paused);
  EXPECT_EQ(changed.title, "A coupon");
  EXPECT_EQ(changed.total_quantity, 2);
  EXPECT_EQ(changed.window, (issue_window{start, end}));
}

TEST(coupon_change, makes_unlimited_or_changes_the_quantity) {
  coupon_change change;
  change.total_quantity = std::optional<std::int32_t>{};
  EXPECT_EQ(with_change(open_coupon(), change).total_quantity, std::nullopt);
  change.total_quantity = 7;
  EXPECT_EQ(with_change(open_coupon(), change).total_quantity, 7);
}

TEST(coupon_change, is_checked_by_what_comes_out) {
  coupon_change change;
  change.end = start;
  EXPECT_EQ(why_invalid(with_change(open_coupon(), change)), "dateIssueEnd must be after dateIssueStart");
}

TEST(coupon_state, is_the_first_that_applies) {
  coupon c = open_coupon();
  const timestamp before = start - std::chrono::microseconds{1};
  EXPECT_EQ(state_of(c, start), coupon_state::open);
  c.issued_quantity = 2;
  EXPECT_EQ(state_of(c, start), coupon_state::sold_out);
  EXPECT_EQ(state_of(c, end - std::chrono::microseconds{1}), coupon_state::sold_out);
  EXPECT_EQ(state_of(c, end), coupon_state::ended);
  EXPECT_EQ(state_of(c, before), coupon_state::scheduled);
  c.paused = true;
  EXPECT_EQ(state_of(c, before), coupon_state::paused);
  EXPECT_EQ(state_of(c, end), coupon_state::paused);
}

TEST(coupon_state, of_an_unlimited_coupon_is_never_sold_out) {
  coupon c = open_coupon();
  c.total_quantity = std::nullopt;
  c.issued_quantity = quantity_max;
  EXPECT_EQ(state_of(c, start), coupon_state::open);
}

}  // namespace
}  // namespace firstcome
