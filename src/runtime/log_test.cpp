#include "runtime/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/formatter.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <sstream>

namespace firstcome::runtime::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

/// Sends the log into a string for as long as it lives.
class captured_log {
 public:
  explicit captured_log(line_format format) : before_(spdlog::default_logger()) {
    auto logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    logger->set_formatter(make_formatter(format));
    spdlog::set_default_logger(logger);
  }
  ~captured_log() { spdlog::set_default_logger(before_); }

  std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::shared_ptr<spdlog::logger> before_;
};

auto lines(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST(json_log, a_line_is_one_object_with_time_level_message_and_fields) {
  captured_log log(line_format::json);
  info("listening", {{"address", "127.0.0.1:80"}, {"threads", 2}, {"share", 0.5}, {"tls", false}});
  EXPECT_THAT(log.text(), EndsWith("}\n"));
  const auto line = boost::json::parse(log.text()).as_object();
  EXPECT_THAT(std::string(line.at("ts").as_string()), MatchesRegex("20..-..-..T..:..:..\\....Z"));
  EXPECT_EQ(line.at("level").as_string(), "info");
  EXPECT_EQ(line.at("msg").as_string(), "listening");
  EXPECT_EQ(line.at("address").as_string(), "127.0.0.1:80");
  EXPECT_EQ(line.at("threads").as_int64(), 2);
  EXPECT_EQ(line.at("share").as_double(), 0.5);
  EXPECT_FALSE(line.at("tls").as_bool());
}

TEST(json_log, whatever_stands_in_a_text_comes_back_as_it_was_on_one_line) {
  captured_log log(line_format::json);
  const std::string nasty("quote\" back\\ newline\n tab\t zero\0 bell\a delete\x7f 쿠폰 }", 54);
  warn(nasty, {{"key\n\"", nasty}});
  EXPECT_EQ(lines(log.text()), 1);
  const auto line = boost::json::parse(log.text()).as_object();
  EXPECT_EQ(std::string(line.at("msg").as_string()), nasty);
  EXPECT_EQ(std::string(line.at("key\n\"").as_string()), nasty);
}

TEST(json_log, bytes_that_are_not_utf8_become_the_replacement_character) {
  captured_log log(line_format::json);
  info("a\xff\xc0\xaf\xed\xa0\x80z");
  const auto line = boost::json::parse(log.text()).as_object();
  EXPECT_THAT(std::string(line.at("msg").as_string()), MatchesRegex("a(\xEF\xBF\xBD){6}z"));
}

TEST(json_log, a_plain_message_does_not_inherit_the_fields_of_the_one_before) {
  captured_log log(line_format::json);
  info("first", {{"threads", 2}});
  spdlog::info("second");
  EXPECT_THAT(log.text(), EndsWith("\"msg\":\"second\"}\n"));
}

TEST(text_log, fields_follow_the_message_and_are_quoted_when_they_need_it) {
  captured_log log(line_format::text);
  info("listening", {{"address", "127.0.0.1:80"}, {"why", "two words"}, {"threads", 2}});
  EXPECT_THAT(log.text(), HasSubstr(" info  listening address=127.0.0.1:80 why=\"two words\" threads=2\n"));
}

TEST(text_log, a_newline_in_a_text_does_not_start_a_line) {
  captured_log log(line_format::text);
  info("one\ntwo\x1b[31m", {{"field", "three\nfour"}});
  EXPECT_EQ(lines(log.text()), 1);
  EXPECT_THAT(log.text(), HasSubstr("one\\ntwo\\u001b[31m"));
}

}  // namespace
}  // namespace firstcome::runtime::log
