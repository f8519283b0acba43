#include "identity/verified_tokens.hpp"

#include <gtest/gtest.h>

namespace firstcome::identity {
namespace {

const token_time remembered_at{std::chrono::seconds(1'800'000'000)};
const token_time later = remembered_at + std::chrono::minutes(1);

token_hash hash(int number) {
  return hash_of("token " + std::to_string(number));
}

TEST(verified_tokens, are_known_until_they_expire) {
  verified_tokens known;
  known.add(hash(1), user_id{42}, later, remembered_at, known.present());
  EXPECT_EQ(known.find(hash(1), remembered_at), user_id{42});
  EXPECT_EQ(known.find(hash(1), later - std::chrono::milliseconds(1)), user_id{42});
  EXPECT_FALSE(known.find(hash(1), later));
  EXPECT_FALSE(known.find(hash(2), remembered_at));
}

TEST(verified_tokens, are_not_taken_when_they_have_expired) {
  verified_tokens known;
  known.add(hash(1), user_id{42}, remembered_at, remembered_at, known.present());
  EXPECT_FALSE(known.find(hash(1), remembered_at - std::chrono::minutes(1)));
}

TEST(verified_tokens, are_forgotten_all_at_once_and_so_is_what_was_under_way) {
  verified_tokens known;
  const auto before = known.present();
  known.add(hash(1), user_id{42}, later, remembered_at, before);
  known.forget_all();
  EXPECT_FALSE(known.find(hash(1), remembered_at));
  known.add(hash(2), user_id{43}, later, remembered_at, before);
  EXPECT_FALSE(known.find(hash(2), remembered_at));
  known.add(hash(2), user_id{43}, later, remembered_at, known.present());
  EXPECT_EQ(known.find(hash(2), remembered_at), user_id{43});
}

TEST(verified_tokens, that_expire_first_give_way_where_there_is_no_room) {
  verified_tokens known(8);
  for (int i = 0; i < 9; ++i)
    known.add(hash(i), user_id{i + 1}, later + std::chrono::seconds(i), remembered_at, known.present());
  EXPECT_FALSE(known.find(hash(0), remembered_at));
  for (int i = 1; i < 9; ++i) EXPECT_EQ(known.find(hash(i), remembered_at), user_id{i + 1});
}

TEST(verified_tokens, of_a_usual_crowd_have_room) {
  verified_tokens known;
  for (int i = 0; i < 20'000; ++i) known.add(hash(i), user_id{i + 1}, later, remembered_at, known.present());
  int found = 0;
  for (int i = 0; i < 20'000; ++i) found += known.find(hash(i), remembered_at) == user_id{i + 1} ? 1 : 0;
  EXPECT_EQ(found, 20'000);
}

}  // namespace
}  // namespace firstcome::identity
