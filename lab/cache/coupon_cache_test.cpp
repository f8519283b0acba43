#include "lab/cache/coupon_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/eventually.hpp"
#include "support/hand_clock.hpp"

namespace firstcome::issuing {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::hand_clock;

constexpr auto id = coupon_id{7};

/// The shared level and the ledger of all nodes, in memory, and how often each was asked.
class counting_sources final : public coupon_sources {
 public:
  std::optional<cached_coupon> find_shared(coupon_id of) override {
    ++asked_shared;
    const std::lock_guard locked(lock_);
    const auto found = shared_.find(of);
    return found == shared_.end() ? std::nullopt : std::optional(found->second);
  }
  void share(coupon_id of, const cached_coupon& value) override {
    const std::lock_guard locked(lock_);
    shared_[of] = value;
  }
  void unshare(coupon_id of) override {
    const std::lock_guard locked(lock_);
    shared_.erase(of);
  }
  std::optional<coupon> load(coupon_id of) override {
    ++loaded;
    while_loading();
    const std::lock_guard locked(lock_);
    const auto found = ledger_.find(of);
    return found == ledger_.end() ? std::nullopt : std::optional(found->second);
  }

  void store(const coupon& c) {
    const std::lock_guard locked(lock_);
    ledger_[c.id] = c;
  }

  std::atomic<int> asked_shared{0}, loaded{0};
  std::function<void()> while_loading = [] {};

 private:
  std::mutex lock_;
  std::unordered_map<coupon_id, cached_coupon> shared_;
  std::unordered_map<coupon_id, coupon> ledger_;
};

class coupon_cache_test : public ::testing::Test {
 protected:
  coupon_cache_test() { sources.store(offer(500)); }

  coupon offer(std::int32_t quantity) const {
    coupon c;
    c.id = id;
    c.title = "offer";
    c.total_quantity = quantity;
    c.window = {.start = clock.date - 1h, .end = clock.date + 1h};
    return c;
  }
  coupon_state state() { return cache.get(id, sources).state(clock.now()); }

  hand_clock clock;
  counting_sources sources;
  coupon_cache cache{clock, {.lives = 10s, .unknown_lives = 1s, .entries_max = 3}};
};

TEST_F(coupon_cache_test, is_filled_by_the_first_request_and_asks_nobody_for_the_next) {
  for (int n = 0; n < 100; ++n) EXPECT_EQ(cache.get(id, sources).what->title, "offer");
  EXPECT_EQ(sources.loaded, 1);
  EXPECT_EQ(sources.asked_shared, 1);
}

TEST_F(coupon_cache_test, takes_what_another_node_has_shared) {
  coupon_cache other(clock);
  other.get(id, sources);
  cache.get(id, sources);
  EXPECT_EQ(sources.loaded, 1);
}

TEST_F(coupon_cache_test, is_refreshed_once_in_both_levels_when_the_quantity_is_gone) {
  cache.get(id, sources);
  cache.note_gone(id, 500);
  for (int n = 0; n < 100; ++n) {
    EXPECT_EQ(state(), coupon_state::sold_out);
    cache.note_gone(id, 500);
  }
  EXPECT_EQ(sources.loaded, 2);
  coupon_cache other(clock);
  EXPECT_EQ(other.get(id, sources).state(clock.now()), coupon_state::sold_out);
  EXPECT_EQ(sources.loaded, 2);
}

TEST_F(coupon_cache_test, lets_the_crowd_in_again_when_the_refresh_finds_a_higher_quantity) {
  cache.get(id, sources);
  sources.store(offer(600));
  cache.note_gone(id, 500);
  EXPECT_EQ(state(), coupon_state::open);
  EXPECT_EQ(sources.loaded, 2);
  cache.note_gone(id, 500);  // of one who had asked before the change
  EXPECT_EQ(state(), coupon_state::open);
}

TEST_F(coupon_cache_test, is_refreshed_once_when_a_request_comes_before_the_window_and_once_after_it) {
  coupon later = offer(500);
  later.window = {.start = clock.date + 1s, .end = clock.date + 3s};
  sources.store(later);
  coupon_cache long_lived(clock, {.lives = 1h});
  const auto ask = [&] { return long_lived.get(id, sources).state(clock.now()); };
  for (int n = 0; n < 10; ++n) EXPECT_EQ(ask(), coupon_state::scheduled);
  EXPECT_EQ(sources.loaded, 1);  // that was the refresh: it had only just been loaded
  clock.advance(2s);
  for (int n = 0; n < 10; ++n) EXPECT_EQ(ask(), coupon_state::open);
  EXPECT_EQ(sources.loaded, 1);
  clock.advance(2s);
  for (int n = 0; n < 10; ++n) EXPECT_EQ(ask(), coupon_state::ended);
  EXPECT_EQ(sources.loaded, 2);
}

TEST_F(coupon_cache_test, sees_a_window_that_was_made_longer_when_it_finds_the_old_one_over) {
  cache.get(id, sources);
  coupon longer = offer(500);
  longer.window.end = clock.date + 5h;
  sources.store(longer);
  coupon_cache long_lived(clock, {.lives = 24h});
  long_lived.get(id, sources);  // from the shared level: the old one
  clock.advance(2h);
  EXPECT_EQ(long_lived.get(id, sources).state(clock.now()), coupon_state::open);
}

TEST_F(coupon_cache_test, remembers_for_a_moment_that_nobody_knows_an_id) {
  const auto unknown = coupon_id{404};
  for (int n = 0; n < 10; ++n) EXPECT_FALSE(cache.get(unknown, sources).what);
  EXPECT_EQ(sources.loaded, 1);
  clock.advance(1s);
  coupon made = offer(1);
  made.id = unknown;
  sources.store(made);
  EXPECT_TRUE(cache.get(unknown, sources).what);
}

TEST_F(coupon_cache_test, stays_within_its_bound_and_drops_what_was_not_used_for_longest) {
  cache.get(id, sources);
  for (int other = 1; other <= 5; ++other) {
    cache.get(coupon_id{100 + other}, sources);
    cache.get(id, sources);
  }
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_EQ(sources.loaded, 6);
}

TEST_F(coupon_cache_test, asks_the_shared_level_again_after_it_was_told_of_a_change) {
  cache.get(id, sources);
  sources.store(offer(900));
  sources.unshare(id);
  cache.drop(id);
  EXPECT_EQ(cache.get(id, sources).what->total_quantity, 900);
}

TEST_F(coupon_cache_test, finds_a_change_whose_message_was_lost_when_its_time_is_over) {
  cache.get(id, sources);
  sources.store(offer(900));
  sources.unshare(id);
  EXPECT_EQ(cache.get(id, sources).what->total_quantity, 500);
  clock.advance(10s);
  EXPECT_EQ(cache.get(id, sources).what->total_quantity, 900);
}

TEST_F(coupon_cache_test, drops_everything_when_messages_may_have_been_missed) {
  cache.get(id, sources);
  cache.drop_all();
  EXPECT_EQ(cache.size(), 0u);
}

TEST_F(coupon_cache_test, loads_once_for_all_who_ask_at_once) {
  std::atomic<bool> may_go_on{false};
  std::atomic<int> asking{0}, answered{0};
  sources.while_loading = [&] { eventually([&] { return may_go_on.load(); }); };
  std::vector<std::thread> threads;
  for (int n = 0; n < 8; ++n)
    threads.emplace_back([&] {
      ++asking;
      if (cache.get(id, sources).what) ++answered;
    });
  EXPECT_TRUE(eventually([&] { return asking == 8 && sources.loaded == 1; }));
  may_go_on = true;
  for (std::thread& each : threads) each.join();
  EXPECT_EQ(answered, 8);
  EXPECT_EQ(sources.loaded, 1);
}

TEST_F(coupon_cache_test, does_not_keep_what_was_changed_while_it_was_loaded) {
  bool changed = false;
  sources.while_loading = [&] {
    if (std::exchange(changed, true)) return;
    sources.unshare(id);
    cache.drop(id);  // the message comes now; what is read next may be the old or the new one
  };
  cache.get(id, sources);
  EXPECT_EQ(sources.loaded, 2);
}

TEST_F(coupon_cache_test, passes_a_failure_on_and_loads_again_at_the_next_request) {
  sources.while_loading = [] { throw std::runtime_error("no answer"); };
  EXPECT_THROW(cache.get(id, sources), std::runtime_error);
  sources.while_loading = [] {};
  EXPECT_TRUE(cache.get(id, sources).what);
}

}  // namespace
}  // namespace firstcome::issuing
