// What every strategy of the lab has in common, on real Redis and MariaDB, one user after the other: they differ only
// in what happens when many come at once, and the lab shows that. And the coupon cache between two nodes.

#include <gtest/gtest.h>

#include <atomic>

#include "lab/strategies/lab_keys.hpp"
#include "lab/strategies/queue_of_list.hpp"
#include "lab/strategies/shared_coupons.hpp"
#include "redis/subscriber.hpp"
#include "support/eventually.hpp"
#include "support/hand_clock.hpp"
#include "support/mariadb_server.hpp"
#include "support/redis_server.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
using namespace firstcome::issuing;

redis_server& shared_redis() {
  static redis_server server;
  return server;
}

/// One server: what its process shares, with a cache whose entries never end by themselves.
struct lab_process final : private redis::subscriber::listener {
  explicit lab_process(const std::string& database)
      : at(sql::parse_mysql_address(shared_mariadb().url(database))),
        redis{.at = redis::parse_address(shared_redis().url())} {
    eventually([this] { return subscribed.load(); });
  }

  std::unique_ptr<per_thread> tools() const { return std::make_unique<per_thread>(at, redis); }

  void on_message(std::string_view channel, std::string_view text) override {
    if (channel == lab_keys::changes) return cache.drop(coupon_id{std::stoll(std::string(text))});
    locks.on_message(text);
  }
  void on_subscribed() override { subscribed = true; }

  const sql::mysql_address at;
  const redis::session::options redis;
  std::atomic<bool> subscribed{false};
  hand_clock clock;
  redis::locks locks{redis, lab_keys::locks};
  coupon_cache cache{clock, {.lives = 1h}};
  shared_parts shared{.clock = clock, .locks = locks, .cache = cache};
  redis::subscriber hears{{.at = redis.at}, {locks.channel(), lab_keys::changes}, *this};
};

class strategy_of_the_lab : public ::testing::TestWithParam<strategy_name> {
 protected:
  strategy_of_the_lab() : database_(shared_mariadb().make_database()), process_(database_) {
    shared_redis().ask({"FLUSHALL"});
    own_ = process_.tools();
    own_->tables.create();
    strategy_ = make_strategy(GetParam(), process_.shared, *own_);
  }

  coupon offer(std::int32_t quantity, std::chrono::hours starts = -1h, std::chrono::hours ends = 1h) {
    const timestamp now = process_.clock.date;
    return own_->tables.insert({.title = "offer", .total_quantity = quantity, .window = {now + starts, now + ends}},
                               now);
  }
  verdict ask(coupon_id coupon, std::int64_t user) { return strategy_->issue(coupon, user_id{user}).value().what; }
  std::string count(const std::string& what) { return shared_mariadb().value("SELECT " + what, database_); }

  const std::string database_;
  lab_process process_;
  std::unique_ptr<per_thread> own_;
  std::unique_ptr<strategy> strategy_;
};

TEST_P(strategy_of_the_lab, issues_each_user_one_until_the_quantity_is_gone) {
  const coupon_id id = offer(2).id;
  EXPECT_EQ(ask(id, 11), verdict::admitted);
  EXPECT_EQ(ask(id, 11), verdict::already_issued);
  EXPECT_EQ(ask(id, 12), verdict::admitted);
  EXPECT_EQ(ask(id, 13), verdict::sold_out);
  EXPECT_EQ(ask(id, 14), verdict::sold_out);

  std::unique_ptr<queue_consumer> consumer;
  if (is_asynchronous(GetParam()))
    consumer = std::make_unique<queue_consumer>(process_.shared, [this] { return process_.tools(); });
  EXPECT_TRUE(eventually([this] { return count("COUNT(*) FROM coupon_issues") == "2"; }));
  EXPECT_EQ(count("GROUP_CONCAT(user_id ORDER BY user_id) FROM coupon_issues"), "11,12");
  EXPECT_EQ(count("issued_quantity FROM coupons"), "2");
}

TEST_P(strategy_of_the_lab, refuses_an_unknown_coupon_and_one_outside_its_window) {
  EXPECT_EQ(ask(coupon_id{404}, 1), verdict::coupon_not_found);
  EXPECT_EQ(ask(offer(2, 1h, 2h).id, 1), verdict::not_started);
  EXPECT_EQ(ask(offer(2, -2h, -1h).id, 1), verdict::ended);
  EXPECT_EQ(count("COUNT(*) FROM coupon_issues"), "0");
}

std::vector<strategy_name> all_of_the_lab() {
  std::vector<strategy_name> all;
  for (const auto& [name, which] : strategy_names())
    if (which != strategy_name::async_batch) all.push_back(which);
  return all;
}

std::string name_of(const ::testing::TestParamInfo<strategy_name>& info) {
  std::string name = to_string(info.param);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(each, strategy_of_the_lab, ::testing::ValuesIn(all_of_the_lab()), name_of);

TEST(coupon_cache_of_two_nodes, drops_a_changed_coupon_on_both_by_one_message) {
  shared_redis().ask({"FLUSHALL"});
  const std::string database = shared_mariadb().make_database();
  lab_process here(database), there(database);
  const auto mine = here.tools(), theirs = there.tools();
  mine->tables.create();
  const timestamp now = here.clock.date;
  coupon offer = mine->tables.insert({.title = "offer", .total_quantity = 1, .window = {now - 1h, now + 1h}}, now);
  shared_coupons by_me(*mine), by_them(*theirs);
  EXPECT_EQ(here.cache.get(offer.id, by_me).what->total_quantity, 1);
  EXPECT_EQ(there.cache.get(offer.id, by_them).what->total_quantity, 1);

  offer.total_quantity = 9;
  mine->tables.store(offer, now);
  EXPECT_EQ(there.cache.get(offer.id, by_them).what->total_quantity, 1);  // nobody has told
  by_me.announce_change(offer.id);
  EXPECT_TRUE(eventually([&] { return here.cache.get(offer.id, by_me).what->total_quantity == 9; }));
  EXPECT_TRUE(eventually([&] { return there.cache.get(offer.id, by_them).what->total_quantity == 9; }));
}

TEST(queue_entry, reads_back_what_it_wrote_and_nothing_else) {
  const auto entry = queue_entry_from(to_text({.coupon = coupon_id{5}, .user = user_id{77}}));
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->coupon, coupon_id{5});
  EXPECT_EQ(entry->user, user_id{77});
  for (const char* wrong : {"", "5", "5:", ":7", "5:7:9", "a:b", "5;7"}) EXPECT_FALSE(queue_entry_from(wrong)) << wrong;
}

TEST(cached_coupon, reads_back_what_it_wrote_and_nothing_else) {
  cached_coupon value;
  value.what.emplace();
  value.what->id = coupon_id{5};
  value.what->title = "\"offer\"";
  value.what->window = {from_microseconds(1), from_microseconds(2)};
  value.gone = true;
  value.refreshed_as = coupon_state::sold_out;
  const auto read = cached_coupon_from(to_text(value));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->what->title, value.what->title);
  EXPECT_EQ(read->what->total_quantity, std::nullopt);
  EXPECT_EQ(read->what->window, value.what->window);
  EXPECT_TRUE(read->gone);
  EXPECT_EQ(read->refreshed_as, coupon_state::sold_out);
  for (const char* wrong : {"", "{}", "[]", "null", R"({"id":"5"})"}) EXPECT_FALSE(cached_coupon_from(wrong)) << wrong;
}

}  // namespace
}  // namespace firstcome::testing
