// Messages over a real Redis.

#include "redis/subscriber.hpp"

#include <gtest/gtest.h>

#include <mutex>

#include "support/eventually.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::redis {
namespace {

using namespace firstcome::testing;
using namespace std::chrono_literals;

class notes final : public subscriber::listener {
 public:
  void on_subscribed() override { add("subscribed"); }
  void on_message(std::string_view channel, std::string_view text) override {
    add(std::string(channel) + "=" + std::string(text));
  }
  bool become(const std::vector<std::string>& wanted) {
    return eventually([&] {
      const std::scoped_lock lock(guard_);
      return all_ == wanted;
    });
  }

 private:
  void add(std::string note) {
    const std::scoped_lock lock(guard_);
    all_.push_back(std::move(note));
  }

  std::mutex guard_;
  std::vector<std::string> all_;
};

subscriber::options subscriber_at(const std::string& url) {
  return {.at = parse_address(url), .connect_timeout = 1000ms, .quiet_max = 300ms};
}

TEST(redis_subscriber, hears_what_is_published_on_its_channels_only) {
  redis_server redis({"--requirepass", "secret"});
  notes heard;
  const subscriber listening(subscriber_at("redis://:secret@" + redis.address()), {"a", "b"}, heard);
  ASSERT_TRUE(heard.become({"subscribed"}));
  redis.command({"PUBLISH", "a", "1"});
  redis.command({"PUBLISH", "c", "2"});
  redis.command({"PUBLISH", "b", "3"});
  EXPECT_TRUE(heard.become({"subscribed", "a=1", "b=3"}));
}

TEST(redis_subscriber, says_that_messages_may_have_been_missed_after_redis_was_away) {
  redis_server redis;
  notes heard;
  const subscriber listening(subscriber_at(redis.url()), {"a"}, heard);
  ASSERT_TRUE(heard.become({"subscribed"}));
  redis.kill();
  redis.start();
  ASSERT_TRUE(heard.become({"subscribed", "subscribed"}));
  redis.command({"PUBLISH", "a", "1"});
  EXPECT_TRUE(heard.become({"subscribed", "subscribed", "a=1"}));
}

TEST(redis_subscriber, notices_a_connection_that_is_dead_without_having_been_closed) {
  redis_server redis;
  tcp_gate gate(redis.port());
  notes heard;
  const subscriber listening(subscriber_at("redis://" + gate.address()), {"a"}, heard);
  ASSERT_TRUE(heard.become({"subscribed"}));
  gate.stall();
  ASSERT_TRUE(eventually([&] { return gate.connections() != 1; }));
  gate.release();
  EXPECT_TRUE(heard.become({"subscribed", "subscribed"}));
}

TEST(redis_subscriber, stays_connected_while_nothing_is_published) {
  redis_server redis;
  notes heard;
  const subscriber listening(subscriber_at(redis.url()), {"a"}, heard);
  ASSERT_TRUE(heard.become({"subscribed"}));
  const auto pings = [&] {  // each of them ends a time of quiet
    const std::string stats = redis.ask({"INFO", "commandstats"});
    const std::size_t at_calls = stats.find("cmdstat_ping:calls=");
    return std::stoi(stats.substr(at_calls + std::string("cmdstat_ping:calls=").size()));
  };
  const int before = pings();
  ASSERT_TRUE(eventually([&] { return pings() >= before + 3; }));
  EXPECT_TRUE(heard.become({"subscribed"}));
}

TEST(redis_subscriber, hears_in_a_cluster_what_is_published_on_any_node) {
  redis_cluster cluster;
  notes heard;
  const subscriber listening(subscriber_at(cluster.url()), {"a"}, heard);
  ASSERT_TRUE(heard.become({"subscribed"}));
  cluster.node(2).command({"PUBLISH", "a", "1"});
  EXPECT_TRUE(heard.become({"subscribed", "a=1"}));
}

}  // namespace
}  // namespace firstcome::redis
