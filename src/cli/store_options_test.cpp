#include "cli/store_options.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace firstcome::cli {
namespace {

using namespace std::chrono_literals;

store_options with_store_timeout(std::chrono::milliseconds timeout) {
  store_options o;
  o.database = runtime::secret("mysql://root@127.0.0.1/coupon");
  o.redis = runtime::secret("redis://127.0.0.1");
  o.store_timeout = timeout;
  return o;
}

TEST(store_timeout, bounds_connections_to_redis_and_its_answers) {
  const redis::session::options redis = redis_session_of(with_store_timeout(1500ms));
  EXPECT_EQ(redis.connect_timeout, 1500ms);
  EXPECT_EQ(redis.reply_timeout, 1500ms);
}

TEST(store_timeout, bounds_connections_to_the_database_in_whole_seconds) {
  const auto connect = [](std::chrono::milliseconds timeout) {
    return ledger_options_of(with_store_timeout(timeout)).timeouts.connect;
  };
  EXPECT_EQ(connect(100ms), 1s);
  EXPECT_EQ(connect(2000ms), 2s);
  EXPECT_EQ(connect(2001ms), 3s);
  EXPECT_EQ(connect(60'000ms), 60s);
}

// A statement may wait for a row that another transaction holds, and a rebuild reads every issue of a coupon.
TEST(store_timeout, leaves_statements_the_time_that_they_need) {
  const sql::mysql_timeouts usual, seen = ledger_options_of(with_store_timeout(100ms)).timeouts;
  EXPECT_EQ(seen.reply, usual.reply);
  EXPECT_GT(seen.reply, seen.lock);
  EXPECT_EQ(seen.idle, usual.idle);
}

TEST(store_timeout, says_what_it_bounds) {
  store_options o;
  runtime::config settings("api");
  describe_stores(settings, o);
  const auto& all = settings.settings();
  const auto found = std::find_if(all.begin(), all.end(), [](const auto& s) { return s.name == "store-timeout-ms"; });
  ASSERT_NE(found, all.end());
  EXPECT_THAT(found->description, ::testing::HasSubstr("has 30 s"));
}

}  // namespace
}  // namespace firstcome::cli
