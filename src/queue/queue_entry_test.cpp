#include "queue/queue_entry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/simulated_queue.hpp"

namespace firstcome::queue {
namespace {

using ::testing::HasSubstr;

const stream_fields good{{"s", "7"}, {"t", "1700000000123"}, {"u", "42,9223372036854775807,1"}};

stream_fields with(const char* field, std::string value) {
  stream_fields changed = good;
  for (auto& [name, content] : changed)
    if (name == field) content = std::move(value);
  return changed;
}

void expect_refused(const stream_fields& fields, const std::string& why) {
  const queue_entry read = decode("7-0", fields);
  EXPECT_FALSE(read.what) << why;
  EXPECT_THAT(read.why_not, HasSubstr(why));
  EXPECT_EQ(read.at, "7-0");
}

TEST(queue_entry, reads_the_users_in_their_order) {
  const queue_entry read = decode("7-0", good);
  ASSERT_TRUE(read.what) << read.why_not;
  EXPECT_EQ(read.what->first, 7);
  EXPECT_EQ(read.what->last(), 9);
  EXPECT_EQ(read.what->admitted_at, from_microseconds(1'700'000'000'123'000));
  EXPECT_EQ(read.what->users, (std::vector<user_id>{user_id{42}, user_id{id_max}, user_id{1}}));
}

TEST(queue_entry, refuses_other_fields) {
  expect_refused({}, "fields");
  expect_refused({{"s", "1"}, {"t", "1"}}, "fields");
  expect_refused({{"t", "1"}, {"s", "1"}, {"u", "1"}}, "fields");
  stream_fields more = good;
  more.emplace_back("x", "1");
  expect_refused(more, "fields");
}

TEST(queue_entry, refuses_a_sequence_that_cannot_be) {
  for (const char* s : {"", "0", "-1", "01", "1.5", "2147483648", "one"}) expect_refused(with("s", s), "sequence");
  expect_refused(with("s", "2147483646"), "last sequence");
  EXPECT_TRUE(decode("1-0", with("s", "2147483645")).what);
}

TEST(queue_entry, refuses_a_time_that_cannot_be) {
  for (const char* t : {"", "-1", "1e9", "253402300800000"}) expect_refused(with("t", t), "time");
}

TEST(queue_entry, refuses_users_that_cannot_be) {
  for (const char* u : {"", ",", "1,", ",1", "1,,2", "0", "-4", "1, 2", "9223372036854775808", "1;2"})
    expect_refused(with("u", u), "no valid id");
  expect_refused(with("u", "5,6,5"), "user 5 stands twice");
}

TEST(queue_entry, refuses_more_users_than_a_batch_has) {
  std::string users = "1";
  for (std::size_t id = 2; id <= entry_users_max; ++id) users += ',' + std::to_string(id);
  EXPECT_TRUE(decode("1-0", with("u", users)).what);
  expect_refused(with("u", users + ",99999"), "too many");
}

RC_GTEST_PROP(queue_entry, reads_what_it_wrote, ()) {
  const auto ids =
      *rc::gen::nonEmpty(rc::gen::unique<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(id_min, id_max)));
  RC_PRE(ids.size() <= entry_users_max);
  admissions wrote;
  wrote.first = *rc::gen::inRange<sequence_number>(1, quantity_max - static_cast<sequence_number>(ids.size()));
  wrote.admitted_at = timestamp(std::chrono::milliseconds(*rc::gen::inRange<std::int64_t>(0, 253'402'300'799'999)));
  for (const std::int64_t id : ids) wrote.users.push_back(user_id{id});
  const queue_entry read = decode("1-0", testing::encode(wrote));
  RC_ASSERT(read.what.has_value());
  RC_ASSERT(*read.what == wrote);
}

RC_GTEST_PROP(queue_entry, survives_any_text_in_its_fields, (std::string s, std::string t, std::string u)) {
  const queue_entry read = decode("1-0", {{"s", s}, {"t", t}, {"u", u}});
  RC_ASSERT(read.what.has_value() == read.why_not.empty());
}

TEST(queue_position, knows_what_comes_next) {
  EXPECT_EQ(next_position("7-0"), "7-1");
  EXPECT_EQ(next_position(queue_start), "0-1");
  EXPECT_EQ(next_position("7-18446744073709551615"), "8-0");
}

TEST(queue_position, is_two_numbers) {
  EXPECT_TRUE(well_formed("0-0"));
  for (const char* odd : {"", "1", "1-", "-1", "1-2-3", "01-0", "1-a", "18446744073709551616-0", " 1-0"})
    EXPECT_FALSE(well_formed(odd)) << odd;
}

}  // namespace
}  // namespace firstcome::queue
