#include "coordination/queue_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace firstcome::coordination {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

queue::queue_entry good(sequence_number first, std::size_t users) {
  queue::admissions what{first, {}, {}};
  for (std::size_t i = 0; i < users; ++i) what.users.push_back(user_id{first + static_cast<std::int64_t>(i)});
  return {std::to_string(first) + "-0", what, ""};
}
queue::queue_entry bad(const std::string& at) {
  return {at, std::nullopt, "spoilt"};
}
gate::queue_view view(sequence_number size, std::vector<queue::queue_entry> entries) {
  gate::queue_view v{{}, std::move(entries)};
  v.gate.size = size;
  return v;
}

TEST(queue_chain, follows_where_the_ledger_ends) {
  const auto v = view(6, {good(3, 2), good(5, 2)});
  const queue_chain chain = chain_after(2, v, true);
  EXPECT_FALSE(chain.broken);
  ASSERT_THAT(chain.stretches, SizeIs(2));
  EXPECT_EQ(chain.stretches[1].upto, "5-0");
  EXPECT_EQ(chain.stretches[1].last, 6);
}

TEST(queue_chain, is_broken_by_a_gap_by_what_was_moved_before_and_by_an_end_before_the_size) {
  EXPECT_THAT(*chain_after(2, view(5, {good(4, 2)}), true).broken, HasSubstr("not with 3"));
  EXPECT_THAT(*chain_after(2, view(6, {good(3, 2), good(6, 1)}), true).broken, HasSubstr("not with 5"));
  EXPECT_THAT(*chain_after(2, view(4, {good(2, 3)}), true).broken, HasSubstr("given before"));
  EXPECT_THAT(*chain_after(2, view(7, {good(3, 2)}), true).broken, HasSubstr("ends at 4"));
}

TEST(queue_chain, of_nothing_is_whole_only_when_gate_and_ledger_hold_as_many) {
  EXPECT_FALSE(chain_after(2, view(2, {}), true).broken);
  EXPECT_TRUE(chain_after(2, view(3, {}), true).broken);
  EXPECT_TRUE(chain_after(2, view(1, {}), true).broken);
}

TEST(queue_chain, may_end_before_the_size_when_there_is_more_to_read) {
  EXPECT_FALSE(chain_after(2, view(9, {good(3, 2)}), false).broken);
  EXPECT_TRUE(chain_after(2, view(3, {good(3, 2)}), false).broken);
}

TEST(queue_chain, knows_the_places_of_what_it_cannot_decode_by_the_neighbours) {
  const auto v = view(9, {good(3, 2), bad("5-0"), bad("6-0"), good(8, 2)});
  const queue_chain chain = chain_after(2, v, true);
  EXPECT_FALSE(chain.broken);
  ASSERT_THAT(chain.stretches, SizeIs(3));
  EXPECT_EQ(chain.stretches[1].what, nullptr);
  EXPECT_EQ(chain.stretches[1].first, 5);
  EXPECT_EQ(chain.stretches[1].last, 7);
  EXPECT_EQ(chain.stretches[1].upto, "6-0");
}

TEST(queue_chain, leaves_a_spoilt_end_for_the_next_view_unless_it_is_the_end) {
  const auto v = view(6, {good(3, 2), bad("5-0")});
  EXPECT_THAT(chain_after(2, v, false).stretches, SizeIs(1));
  const queue_chain whole = chain_after(2, v, true);
  ASSERT_THAT(whole.stretches, SizeIs(2));
  EXPECT_EQ(whole.stretches[1].first, 5);
  EXPECT_EQ(whole.stretches[1].last, 6);
}

TEST(queue_chain, takes_a_spoilt_entry_that_holds_no_place) {
  const auto v = view(4, {bad("2-9"), good(3, 2)});
  const queue_chain chain = chain_after(2, v, true);
  EXPECT_FALSE(chain.broken);
  ASSERT_THAT(chain.stretches, SizeIs(2));
  EXPECT_LT(chain.stretches[0].last, chain.stretches[0].first);
}

}  // namespace
}  // namespace firstcome::coordination
