#include "gate/redis/status_reply.hpp"

#include <gtest/gtest.h>

#include "support/redis_text.hpp"

namespace firstcome::gate {
namespace {

using testing::reply_of;
using testing::resp;
using testing::resp_array;
using testing::resp_nil;

/// meta's fields in the script's order: an open gate that was lowered to 100, of which 6 came back.
std::vector<std::string> fields() {
  return {resp("4"),    resp("open"), resp("abc"), resp("3"),  resp("100"), resp("1000"),
          resp("9000"), resp("0"),    resp("1"),   resp("17"), resp("6")};
}

std::string reply_with(const std::vector<std::string>& meta, const std::string& entries = resp_array({})) {
  return resp_array({resp("gate"), resp_array(meta), resp("abc"), resp(20), entries});
}

std::string why_odd(const std::string& bytes) {
  const status_reply read = decode_status(reply_of(bytes));
  const auto* odd = std::get_if<odd_reply>(&read);
  return odd == nullptr ? "" : odd->why;
}

TEST(decode_status, reads_every_field) {
  const status_reply read = decode_status(reply_of(reply_with(fields())));
  const gate_status& gate = std::get<queue_view>(read).gate;
  EXPECT_EQ(gate.epoch, 4);
  EXPECT_TRUE(gate.confirmed());
  EXPECT_TRUE(gate.lowering);
  EXPECT_FALSE(gate.retired);
  EXPECT_EQ(gate.config, (gate_config{3, 100, {from_microseconds(1'000'000), from_microseconds(9'000'000)}, false, 6}));
  EXPECT_EQ(gate.issued, 17);
  EXPECT_EQ(gate.size, 20);
}

TEST(decode_status, reads_a_gate_that_was_fenced_before_it_ever_was_open) {
  const std::vector<std::string> meta{resp("1"),  resp("closed"), resp_nil(), resp_nil(), resp_nil(), resp_nil(),
                                      resp_nil(), resp_nil(),     resp_nil(), resp_nil(), resp_nil()};
  const status_reply read = decode_status(reply_of(reply_with(meta)));
  const gate_status& gate = std::get<queue_view>(read).gate;
  EXPECT_FALSE(gate.open);
  EXPECT_FALSE(gate.confirmed());
  EXPECT_EQ(gate.config.config_version, 0);
}

TEST(decode_status, finds_a_meta_odd_in_which_one_field_is) {
  for (std::size_t field = 0; field < fields().size(); ++field) {
    if (field == 2 || field == 8) continue;  // run_id is any text; lowering is there or not
    for (const char* odd : {"odd", "-1", "99999999999999999999"}) {
      auto meta = fields();
      meta[field] = resp(odd);
      EXPECT_NE(why_odd(reply_with(meta)), "") << field << ' ' << odd;
    }
  }
  auto unlimited = fields();
  unlimited[4] = resp_nil();
  EXPECT_EQ(why_odd(reply_with(unlimited)), "");
  auto of_an_older_version = fields();
  of_an_older_version[10] = resp_nil();
  EXPECT_EQ(why_odd(reply_with(of_an_older_version)), "");
}

TEST(decode_status, keeps_an_entry_that_cannot_be_decoded_but_not_one_of_another_shape) {
  const std::string spoiled = resp_array({resp("5-0"), resp_array({resp("x"), resp("y")})});
  const status_reply read = decode_status(reply_of(reply_with(fields(), resp_array({spoiled}))));
  EXPECT_FALSE(std::get<queue_view>(read).entries.at(0).what);
  EXPECT_NE(why_odd(reply_with(fields(), resp_array({resp("5-0")}))), "");
  EXPECT_NE(why_odd(reply_with(fields(), resp_array({resp_array({resp("5"), resp_array({})})}))), "");
}

TEST(decode_status, finds_replies_of_another_shape_odd) {
  for (const std::string& bytes :
       {std::string("*0\r\n"), std::string("$-1\r\n"), resp("gate"), resp_array({resp("gate")}),
        resp_array({resp("other_epoch")}), resp_array({resp("other_epoch"), resp("0")}), resp_array({resp("perhaps")})})
    EXPECT_NE(why_odd(bytes), "") << bytes;
  EXPECT_EQ(why_odd("-ERR no such luck\r\n"), "ERR no such luck");
}

TEST(a_line_of_statuses, reads_as_the_reply_of_one_gate_does) {
  const status_reply one = decode_status(reply_of(reply_with(fields())));
  const auto line = status_from_line("4,open,abc,3,100,1000,9000,0,1,17,6,20", "abc");
  ASSERT_TRUE(line);
  EXPECT_EQ(*line, std::get<queue_view>(one).gate);
}

TEST(a_line_of_statuses, may_lack_what_a_gate_need_not_have) {
  const auto unlimited = status_from_line("4,open,abc,3,,1000,9000,1,,,,20", "def");
  ASSERT_TRUE(unlimited);
  EXPECT_EQ(unlimited->config.total_quantity, std::nullopt);
  EXPECT_TRUE(unlimited->config.paused);
  EXPECT_FALSE(unlimited->lowering);
  EXPECT_FALSE(unlimited->confirmed());
  EXPECT_EQ(unlimited->issued, 0);
  const auto fenced = status_from_line("1,closed,,,,,,,,,,0", "abc");
  ASSERT_TRUE(fenced);
  EXPECT_EQ(fenced->config.config_version, 0);
  const auto retired = status_from_line("4,retired,abc,3,100,1000,9000,0,,17,,0", "abc");
  ASSERT_TRUE(retired);
  EXPECT_TRUE(retired->retired);
}

TEST(a_line_of_statuses, says_nothing_when_it_is_odd) {
  for (const char* odd : {"", "4", "4,open,abc,3,100,1000,9000,0,1,17", "4,open,abc,3,100,1000,9000,0,1,17,6,",
                          "4,open,abc,3,100,1000,9000,0,1,17,6,20,1", "4,ajar,abc,3,100,1000,9000,0,1,17,6,20",
                          "4,open,abc,3,100,1000,9000,2,1,17,6,20", "0,open,abc,3,100,1000,9000,0,1,17,6,20",
                          "4,open,abc,3,100,1000,9000,0,1,x,6,20", "4,open,a,b,3,100,1000,9000,0,1,17,6,20"})
    EXPECT_EQ(status_from_line(odd, "abc"), std::nullopt) << odd;
}

}  // namespace
}  // namespace firstcome::gate
