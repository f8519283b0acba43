#include "lab/locks/lock.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "redis/subscriber.hpp"
#include "support/eventually.hpp"
#include "support/redis_server.hpp"

namespace firstcome::redis {
namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using testing::eventually;
using testing::redis_server;

constexpr auto patience = 20'000ms;

/// One process that uses locks: what it shares, and its subscriber.
struct user_of_locks final : private subscriber::listener {
  explicit user_of_locks(const redis_server& at, std::chrono::milliseconds lease = 3s)
      : options{.at = parse_address(at.url())},
        locks_of_it(options, "test:lock:", lease),
        hears({.at = options.at}, {locks_of_it.channel()}, *this) {
    EXPECT_TRUE(eventually(patience, [this] { return subscribed.load(); }));
  }

  std::optional<held_lock> acquire(session& over, std::chrono::milliseconds wait = patience) {
    return locks_of_it.acquire(over, "1", runtime::deadline::after(wait));
  }

  void on_message(std::string_view, std::string_view text) override { locks_of_it.on_message(text); }
  void on_subscribed() override {
    locks_of_it.on_subscribed();
    subscribed = true;
  }

  session::options options;
  std::atomic<bool> subscribed{false};
  locks locks_of_it;
  subscriber hears;
};

class redis_lock : public ::testing::Test {
 protected:
  static redis_server& server() {
    static redis_server one;
    return one;
  }
  void SetUp() override { server().ask({"FLUSHALL"}); }

  /// How often Redis has run a script that it knew.
  static int scripts_run() {
    const std::string counts = server().ask({"INFO", "commandstats"}), name = "cmdstat_evalsha:calls=";
    const auto at = counts.find(name);
    return at == counts.npos ? 0 : std::stoi(counts.substr(at + name.size()));
  }
};

TEST_F(redis_lock, lets_one_holder_in_at_a_time_across_processes_and_threads) {
  user_of_locks here(server()), there(server());
  int unguarded = 0;
  std::atomic<int> inside{0}, most_inside{0};
  const auto work = [&](user_of_locks& mine) {
    session over(mine.options);
    for (int n = 0; n < 50; ++n) {
      const auto held = mine.acquire(over);
      ASSERT_TRUE(held);
      most_inside = std::max(most_inside.load(), ++inside);
      ++unguarded;
      --inside;
    }
  };
  std::vector<std::thread> threads;
  for (int n = 0; n < 3; ++n)
    for (user_of_locks* mine : {&here, &there}) threads.emplace_back(work, std::ref(*mine));
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(most_inside, 1);
  EXPECT_EQ(unguarded, 300);
  EXPECT_EQ(server().command({"EXISTS", "test:lock:1"}).integer(), 0);
}

TEST_F(redis_lock, wakes_who_waits_long_before_the_lease_ends) {
  user_of_locks here(server(), 60s), there(server(), 60s);
  session mine(here.options), theirs(there.options);
  auto held = here.acquire(mine);
  ASSERT_TRUE(held);
  const int run_before = scripts_run();
  std::atomic<bool> got_it{false};
  std::thread waiting([&] { got_it = there.acquire(theirs, 2 * patience).has_value(); });
  ASSERT_TRUE(eventually(patience, [&] { return scripts_run() >= run_before + 2; }));  // both tries were in vain
  held->release();
  const bool in_time = eventually(patience, [&] { return got_it.load(); });
  waiting.join();
  EXPECT_TRUE(in_time);
}

TEST_F(redis_lock, gets_a_lock_whose_holder_died_when_the_lease_ends_without_any_message) {
  user_of_locks here(server());
  server().ask({"SET", "test:lock:1", "of somebody who is gone", "PX", "300"});
  session mine(here.options);
  const auto began = steady::now();
  EXPECT_TRUE(here.acquire(mine));
  EXPECT_LT(steady::now() - began, patience);
}

TEST_F(redis_lock, gives_up_at_its_deadline) {
  user_of_locks here(server());
  server().ask({"SET", "test:lock:1", "somebody else's"});
  session mine(here.options);
  EXPECT_FALSE(here.acquire(mine, 50ms));
  EXPECT_EQ(server().ask({"GET", "test:lock:1"}), "somebody else's");
}

TEST_F(redis_lock, is_renewed_by_the_watchdog_for_as_long_as_it_is_held) {
  user_of_locks here(server(), 3s);  // a machine without a core for two of them is no failure
  session mine(here.options);
  const auto held = here.acquire(mine);
  ASSERT_TRUE(held);
  const std::string token = server().ask({"GET", "test:lock:1"});
  const bool taken = eventually(3300ms, [&] { return server().ask({"GET", "test:lock:1"}) != token; });
  EXPECT_FALSE(taken);
  EXPECT_FALSE(held->lost());
}

TEST_F(redis_lock, tells_the_holder_that_it_lost_the_lock_and_leaves_the_next_ones_alone) {
  user_of_locks here(server(), 300ms);
  session mine(here.options);
  auto held = here.acquire(mine);
  ASSERT_TRUE(held);
  server().ask({"SET", "test:lock:1", "taken away"});
  EXPECT_TRUE(eventually(patience, [&] { return held->lost(); }));
  EXPECT_FALSE(held->release());
  EXPECT_EQ(server().ask({"GET", "test:lock:1"}), "taken away");
}

TEST_F(redis_lock, counts_as_lost_when_redis_cannot_be_asked_for_a_whole_lease) {
  redis_server own;
  user_of_locks here(own, 300ms);
  session mine(here.options);
  auto held = here.acquire(mine);
  ASSERT_TRUE(held);
  own.kill();
  EXPECT_TRUE(eventually(patience, [&] { return held->lost(); }));
  EXPECT_THROW(held->release(), store_unavailable);
}

TEST_F(redis_lock, can_be_released_twice_and_is_free_after_the_first) {
  user_of_locks here(server());
  session mine(here.options);
  auto held = here.acquire(mine);
  ASSERT_TRUE(held);
  EXPECT_TRUE(held->release());
  EXPECT_FALSE(held->release());
  EXPECT_TRUE(here.acquire(mine, 0ms));
}

TEST(lock_waiters, keep_a_wake_up_that_comes_between_the_try_and_the_wait) {
  lock_waiters waiters;
  lock_waiters::place mine(waiters, "a");
  waiters.wake_one("a");
  const auto began = steady::now();
  mine.wait_until(runtime::deadline(began + 1h));
  EXPECT_LT(steady::now() - began, 1h);
}

TEST(lock_waiters, wake_nobody_who_waits_for_another_lock) {
  lock_waiters waiters;
  lock_waiters::place mine(waiters, "a");
  waiters.wake_one("b");
  const auto until = steady::now() + 5ms;
  mine.wait_until(runtime::deadline(until));
  EXPECT_GE(steady::now(), until);
}

}  // namespace
}  // namespace firstcome::redis
