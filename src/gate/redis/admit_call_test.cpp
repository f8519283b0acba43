#include "gate/redis/admit_call.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/redis_text.hpp"

namespace firstcome::gate {
namespace {

using ::testing::ElementsAre;
using testing::reply_of;
using testing::resp;
using testing::resp_array;

constexpr coupon_id asked_coupon{7};
constexpr std::int64_t now_ms = 1'700'000'000'123;

timestamp at(std::int64_t ms) {
  return timestamp(std::chrono::milliseconds(ms));
}

/// A decided reply: ten were in, of a hundred; nobody was admitted, and the rest is sold out, unless changed.
struct decided {
  std::string now = resp(now_ms);
  std::string size = resp(10);
  std::string admitted = resp(std::int64_t{0});
  std::string refusal = resp("sold_out");
  std::string version = resp("3");
  std::string announced = resp("0");
  std::string total = resp("100");
  std::string start = resp("1000");
  std::string end = resp("1800000000000");
  std::string known = resp("");
  std::string run_id = resp("abc");

  std::string bytes() const {
    return resp_array(
        {resp("decided"), now, size, admitted, refusal, version, announced, total, start, end, known, run_id});
  }
};

class decode_admit_test : public ::testing::Test {
 protected:
  admit_outcome decode(const std::string& bytes) {
    return decode_admit(reply_of(bytes), asked_coupon, 5, users, decisions);
  }
  void expect_not_understood(const std::string& bytes) {
    EXPECT_EQ(decode(bytes).what, gate_answer::not_understood) << bytes;
    EXPECT_TRUE(decisions.empty());
  }

  std::vector<user_id> users{user_id{21}, user_id{22}, user_id{23}, user_id{24}};
  admit_decisions decisions;
};

TEST(admit_arguments, name_the_keys_of_the_epoch_and_the_users_in_their_order) {
  admit_arguments call(default_prefix);
  const std::vector<user_id> users{user_id{id_max}, user_id{1}};
  call.set(coupon_id{id_max}, 12, 5000, users);
  EXPECT_THAT(call.keys(), ElementsAre("fc:{9223372036854775807}:meta", "fc:{9223372036854775807}:users:12",
                                       "fc:{9223372036854775807}:queue:12"));
  EXPECT_THAT(call.args(), ElementsAre("12", "9223372036854775807", "5000", "9223372036854775807", "1"));
}

TEST(admit_arguments, stand_still_while_the_largest_batch_of_the_longest_ids_is_put_together) {
  admit_arguments call(default_prefix);
  const std::vector<user_id> users(admit_users_max, user_id{id_max});
  for (int again = 0; again < 2; ++again) {
    call.set(coupon_id{id_max}, id_max, id_max, users);
    ASSERT_EQ(call.args().size(), 3 + admit_users_max);
    for (const std::string_view one : call.args()) ASSERT_EQ(one, "9223372036854775807");
  }
}

TEST_F(decode_admit_test, gives_new_users_the_next_sequences_and_known_ones_their_record) {
  decided reply;
  reply.admitted = resp(2);
  reply.known = resp("1=4:1699999999000");
  const admit_outcome outcome = decode(reply.bytes());
  ASSERT_EQ(outcome.what, gate_answer::decided);
  ASSERT_EQ(decisions.size(), 4u);
  EXPECT_EQ(decisions[0]->what, verdict::admitted);
  EXPECT_EQ(decisions[0]->record,
            (issue_record{asked_coupon, user_id{21}, 11, issue_status::accepted, at(now_ms), std::nullopt}));
  EXPECT_EQ(decisions[1]->what, verdict::already_issued);
  EXPECT_EQ(decisions[1]->record,
            (issue_record{asked_coupon, user_id{22}, 4, issue_status::accepted, at(1'699'999'999'000), std::nullopt}));
  EXPECT_EQ(decisions[2]->record.sequence, 12);
  EXPECT_EQ(decisions[3]->what, verdict::sold_out);
  EXPECT_EQ(decisions[3]->record, issue_record{});
}

TEST_F(decode_admit_test, says_why_the_others_were_refused) {
  decided reply;
  for (const auto& [text, what] : {std::pair{"paused", verdict::paused}, {"ended", verdict::ended}}) {
    reply.refusal = resp(text);
    ASSERT_EQ(decode(reply.bytes()).what, gate_answer::decided);
    EXPECT_EQ(decisions[0]->what, what);
  }
  reply.refusal = resp("not_started");
  decode(reply.bytes());
  EXPECT_EQ(decisions[3]->what, verdict::not_started);
  EXPECT_EQ(decisions[3]->window_start, at(1000));
  reply.refusal = resp("overloaded");
  decode(reply.bytes());
  EXPECT_EQ(decisions[3].error(), errc::overloaded);
}

TEST_F(decode_admit_test, sees_a_sold_out_gate_only_when_the_quantity_is_gone) {
  decided reply;
  reply.size = resp(96);
  reply.admitted = resp(3);
  reply.known = resp("0=4:1");
  EXPECT_FALSE(decode(reply.bytes()).terms.sold_out);
  reply.size = resp(97);
  EXPECT_EQ(decode(reply.bytes()).terms, (lease_terms{.epoch = 5,
                                                      .config_version = 3,
                                                      .sold_out = true,
                                                      .change_ahead = false,
                                                      .now = at(now_ms),
                                                      .window_end = at(1'800'000'000'000),
                                                      .lineage = lineage_number("abc")}));
  reply.refusal = resp("paused");
  EXPECT_FALSE(decode(reply.bytes()).terms.sold_out);
  reply.refusal = resp("sold_out");
  reply.total = resp("");
  EXPECT_FALSE(decode(reply.bytes()).terms.sold_out);
}

TEST_F(decode_admit_test, sees_an_announced_change_until_the_version_has_come) {
  decided reply;
  reply.announced = resp("4");
  EXPECT_TRUE(decode(reply.bytes()).terms.change_ahead);
  reply.version = resp("4");
  EXPECT_FALSE(decode(reply.bytes()).terms.change_ahead);
}

TEST_F(decode_admit_test, tells_the_answers_for_the_whole_batch_apart) {
  EXPECT_EQ(decode(resp_array({resp("missing")})).what, gate_answer::missing);
  EXPECT_EQ(decode(resp_array({resp("retired")})).what, gate_answer::retired);
  EXPECT_EQ(decode(resp_array({resp("closed"), resp("0")})).what, gate_answer::closed);
  EXPECT_EQ(decode(resp_array({resp("closed"), resp("9")})).open_epoch, 9);
  EXPECT_EQ(decode("-OOM command not allowed when used memory > 'maxmemory'.\r\n").what, gate_answer::refused);
  EXPECT_EQ(decode("-ERR something else\r\n").what, gate_answer::not_understood);
}

TEST_F(decode_admit_test, does_not_understand_replies_of_another_shape) {
  for (const std::string& odd :
       {std::string("*0\r\n"), std::string("*-1\r\n"), std::string("$-1\r\n"), std::string("+OK\r\n"), resp(1),
        resp("decided"), resp_array({resp("decided")}), resp_array({resp("closed")}),
        resp_array({resp("closed"), resp("-1")}), resp_array({resp("perhaps")}), resp_array({resp_array({})})})
    expect_not_understood(odd);
}

TEST_F(decode_admit_test, does_not_understand_a_reply_with_one_odd_element) {
  for (const auto element : {&decided::now, &decided::size, &decided::admitted, &decided::refusal, &decided::version,
                             &decided::announced, &decided::total, &decided::start, &decided::end, &decided::known})
    for (const std::string& odd : {resp("odd"), resp(-1), resp_array({}), std::string("-ERR\r\n")}) {
      decided reply;
      reply.*element = odd;
      expect_not_understood(reply.bytes());
    }
}

TEST_F(decode_admit_test, does_not_understand_a_reply_that_does_not_add_up) {
  decided reply;
  reply.admitted = resp(5);
  expect_not_understood(reply.bytes());
  reply.admitted = resp(std::int64_t{0});
  for (const char* known :
       {"4=1:1", "1=1:1,0=2:1", "0=1:1,0=1:1", "0=0:1", "0=1", "=1:1", "0", ",", "0=1:1,", "0=1:x"}) {
    reply.known = resp(known);
    expect_not_understood(reply.bytes());
  }
  reply.known = resp("");
  reply.size = resp(quantity_max);
  reply.admitted = resp(1);
  expect_not_understood(reply.bytes());
}

RC_GTEST_PROP(decode_admit, survives_any_text, (std::string known, std::string refusal, std::string number)) {
  decided reply;
  reply.known = resp(known);
  reply.refusal = resp(refusal);
  reply.total = resp(number);
  admit_decisions decisions;
  const std::vector<user_id> users{user_id{1}};
  const admit_outcome outcome = decode_admit(reply_of(reply.bytes()), asked_coupon, 1, users, decisions);
  RC_ASSERT(decisions.size() == (outcome.what == gate_answer::decided ? 1u : 0u));
}

}  // namespace
}  // namespace firstcome::gate
