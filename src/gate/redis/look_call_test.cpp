#include "gate/redis/look_call.hpp"

#include <gtest/gtest.h>

#include "support/redis_text.hpp"

namespace firstcome::gate {
namespace {

using testing::reply_of;
using testing::resp;
using testing::resp_array;

timestamp at_ms(std::int64_t ms) {
  return timestamp(std::chrono::milliseconds(ms));
}

/// A decided reply of an open gate with a hundred of a hundred in.
std::vector<std::string> sold_out() {
  return {resp("decided"), resp(5000),   resp(100),    resp("3"), resp("0"),
          resp("100"),     resp("1000"), resp("9000"), resp("0"), resp("abc")};
}

look_outcome decode_with(std::size_t element, const std::string& changed) {
  auto parts = sold_out();
  parts[element] = changed;
  return decode_look(reply_of(resp_array(parts)), 4);
}

TEST(decode_look, sees_that_nobody_new_can_get_in) {
  const look_outcome outcome = decode_look(reply_of(resp_array(sold_out())), 4);
  ASSERT_EQ(outcome.what, gate_answer::decided);
  EXPECT_EQ(outcome.terms, (lease_terms{.epoch = 4,
                                        .config_version = 3,
                                        .sold_out = true,
                                        .change_ahead = false,
                                        .now = at_ms(5000),
                                        .window_end = at_ms(9000),
                                        .lineage = lineage_number("abc")}));
}

TEST(decode_look, calls_a_gate_sold_out_only_while_that_is_the_refusal) {
  EXPECT_FALSE(decode_with(2, resp(99)).terms.sold_out);
  EXPECT_FALSE(decode_with(5, resp("")).terms.sold_out) << "unlimited";
  EXPECT_FALSE(decode_with(6, resp("5001")).terms.sold_out) << "not started";
  EXPECT_TRUE(decode_with(6, resp("5000")).terms.sold_out);
  EXPECT_FALSE(decode_with(7, resp("5000")).terms.sold_out) << "ended";
  EXPECT_FALSE(decode_with(8, resp("1")).terms.sold_out) << "paused";
}

TEST(decode_look, sees_an_announced_change) {
  EXPECT_TRUE(decode_with(4, resp("4")).terms.change_ahead);
  EXPECT_FALSE(decode_with(4, resp("3")).terms.change_ahead);
}

TEST(decode_look, understands_nothing_but_what_the_script_answers) {
  for (std::size_t element = 1; element + 1 < sold_out().size(); ++element)  // the last is any text
    for (const std::string& odd : {resp("odd"), resp(-1), resp_array({})})
      EXPECT_EQ(decode_with(element, odd).what, gate_answer::not_understood) << element << ' ' << odd;
  EXPECT_EQ(decode_look(reply_of(resp_array({resp("decided")})), 4).what, gate_answer::not_understood);
  EXPECT_EQ(decode_look(reply_of(resp_array({resp("closed"), resp("6")})), 4).open_epoch, 6);
}

}  // namespace
}  // namespace firstcome::gate
