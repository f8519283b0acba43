// Time, fibers and processes of the simulation.

#include <gtest/gtest.h>

#include "sim/engine/process.hpp"

namespace firstcome::sim {
namespace {

TEST(fiber, goes_on_where_it_yielded) {
  std::string said;
  fiber one([&] {
    said += 'a';
    fiber::yield();
    said += 'c';
  });
  one.resume();
  said += 'b';
  one.resume();
  EXPECT_EQ(said, "abc");
  EXPECT_TRUE(one.done());
  one.resume();
  EXPECT_EQ(said, "abc");
}

TEST(fiber, is_unwound_when_it_is_killed) {
  struct guard {
    bool& gone;
    ~guard() { gone = true; }
  };
  bool unwound = false, went_on = false;
  fiber one([&] {
    const guard g{unwound};
    try {
      fiber::yield();
    } catch (const std::exception&) {
    }
    went_on = true;
  });
  one.resume();
  one.kill();
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(one.done());
}

TEST(fiber, that_never_began_may_be_killed) {
  bool began = false;
  {
    fiber one([&] { began = true; });
  }
  EXPECT_FALSE(began);
}

TEST(fiber, hands_on_what_its_body_throws) {
  fiber one([] { throw std::runtime_error("odd"); });
  EXPECT_THROW(one.resume(), std::runtime_error);
  EXPECT_TRUE(one.done());
}

TEST(fiber, keeps_its_exceptions_apart_from_those_of_others) {
  const auto rethrows = [](const char* what) {
    return [what] {
      try {
        throw std::runtime_error(what);
      } catch (const std::runtime_error&) {
        fiber::yield();
        try {
          throw;
        } catch (const std::runtime_error& again) {
          EXPECT_STREQ(again.what(), what);
        }
      }
    };
  };
  fiber one(rethrows("one")), other(rethrows("other"));
  one.resume();
  other.resume();
  one.resume();
  other.resume();
}

TEST(timeline, lets_things_happen_in_the_order_of_time) {
  timeline time(random_source(1));
  std::string said;
  time.at(3ms, [&] { said += 'c'; });
  time.at(1ms, [&] {
    said += 'a';
    time.after(1ms, [&] { said += 'b'; });
  });
  while (time.advance()) {
  }
  EXPECT_EQ(said, "abc");
  EXPECT_EQ(time.now(), 3ms);
}

class process_test : public ::testing::Test {
 protected:
  void pass(microseconds duration) {
    bool over = false;
    time.after(duration, [&] { over = true; });
    while (!over) time.advance();
  }

  timeline time{random_source(1)};
  process one{time, random_source(2), "one"};
};

TEST_F(process_test, nothing_of_a_life_reaches_the_next) {
  one.start();
  bool slept = false, came = false;
  one.spawn([&] {
    one.sleep(5ms);
    slept = true;
  });
  one.after(5ms, [&] { came = true; });
  pass(1ms);
  one.kill();
  one.start();
  pass(10ms);
  EXPECT_FALSE(slept);
  EXPECT_FALSE(came);
}

TEST_F(process_test, what_happens_while_it_stands_still_happens_afterwards) {
  one.start();
  instant came{};
  one.after(5ms, [&] { came = time.now(); });
  one.stop_until(20ms);
  pass(30ms);
  EXPECT_EQ(came, 20ms);
}

TEST_F(process_test, has_clocks_that_are_wrong) {
  one.start();
  one.set_clock_ahead(-1s);
  one.set_drift(0.5);
  const monotonic began = one.time();
  pass(10ms);
  EXPECT_EQ(one.date(), first_day + 10ms - 1s);
  EXPECT_EQ(one.time() - began, 15ms);
}

}  // namespace
}  // namespace firstcome::sim
