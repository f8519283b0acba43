#include "runtime/overrunning_sink.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <string>

#include "runtime/log.hpp"

namespace firstcome::runtime::log {
namespace {

class a_pipe_as_log : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::pipe(ends_), 0);
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    logger_.emplace("test", std::make_shared<overrunning_sink>(ends_[1]));
    logger_->set_formatter(make_formatter(line_format::text));
  }
  void TearDown() override {
    for (const int end : ends_) ::close(end);
  }

  std::string read_all() {
    std::string all;
    char buffer[4096];
    for (ssize_t n; (n = ::read(ends_[0], buffer, sizeof buffer)) > 0;) all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }

  int ends_[2] = {-1, -1};
  std::optional<spdlog::logger> logger_;
};

TEST_F(a_pipe_as_log, takes_lines_while_its_reader_does) {
  logger_->info("one");
  logger_->warn("two");
  const std::string all = read_all();
  EXPECT_NE(all.find("info  one\n"), all.npos) << all;
  EXPECT_NE(all.find("warn  two\n"), all.npos) << all;
}

// Without the sink's care this test would never end: nobody reads while the lines are written.
TEST_F(a_pipe_as_log, loses_lines_and_says_how_many_when_its_reader_stalls) {
  const std::uint64_t before = lines_lost();
  const std::string filler(1000, 'x');
  for (int n = 0; n < 1000; ++n) logger_->info(filler);
  const std::uint64_t lost = lines_lost() - before;
  EXPECT_GT(lost, 500u) << "a pipe holds 64 KiB";
  EXPECT_LT(lost, 1000u);
  read_all();
  logger_->info("after");
  const std::string rest = read_all();
  EXPECT_NE(rest.find(std::to_string(lost) + " lines of the log were lost"), rest.npos) << rest;
  EXPECT_NE(rest.find("info  after\n"), rest.npos) << rest;
  EXPECT_EQ(lines_lost() - before, lost);
}

}  // namespace
}  // namespace firstcome::runtime::log
