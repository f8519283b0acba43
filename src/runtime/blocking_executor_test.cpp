#include "runtime/blocking_executor.hpp"

#include <gtest/gtest.h>

#include <future>

namespace firstcome::runtime {
namespace {

using namespace std::chrono_literals;

/// What a thread has to itself; it keeps the deadline that it was given.
class session final : public waits_until {};

enum class outcome : std::uint8_t { done, passed, closed, broke };

outcome outcome_of(std::exception_ptr why) {
  try {
    std::rethrow_exception(why);
  } catch (const deadline_passed&) {
    return outcome::passed;
  } catch (const executor_closed&) {
    return outcome::closed;
  } catch (...) {
    return outcome::broke;
  }
}

/// One thread with one session, which the test keeps busy for as long as it likes.
class one_session : public ::testing::Test {
 protected:
  using executor = blocking_executor<session>;

  ~one_session() override { executor_.close(); }

  /// Returns once the session is taken.
  void take_the_session() {
    std::promise<void> taken;
    ASSERT_TRUE(executor_.run(
        [&](session&) {
          taken.set_value();
          free_.get_future().wait();
        },
        [](std::exception_ptr) {}, deadline::never()));
    taken.get_future().wait();
  }
  std::future<outcome> ask(
      deadline until, executor::work what = [](session&) {}) {
    auto told = std::make_shared<std::promise<outcome>>();
    const auto work = [told, what](session& with) {
      what(with);
      told->set_value(outcome::done);
    };
    const auto failed = [told](std::exception_ptr why) { told->set_value(outcome_of(why)); };
    EXPECT_TRUE(executor_.run(work, failed, until));
    return told->get_future();
  }

  int made_ = 0;
  std::promise<void> free_;
  executor executor_{1, 1'000'000, [this] {
                       ++made_;
                       return std::make_unique<session>();
                     }};
};

TEST_F(one_session, work_whose_deadline_passed_in_the_queue_is_surely_not_done) {
  take_the_session();
  bool done = false;
  auto late = ask(deadline::after(0ms), [&](session&) { done = true; });
  auto in_time = ask(deadline::after(1h));
  free_.set_value();
  EXPECT_EQ(late.get(), outcome::passed);
  EXPECT_EQ(in_time.get(), outcome::done);
  EXPECT_FALSE(done);
  EXPECT_EQ(made_, 1) << "a session is lent again";
}

TEST_F(one_session, is_told_each_time_until_when_it_is_waited_for) {
  const deadline soon = deadline::after(1h);
  std::vector<deadline> told;
  const auto look = [&](session& with) { told.push_back(with.until()); };
  EXPECT_EQ(ask(soon, look).get(), outcome::done);
  EXPECT_EQ(ask(deadline::never(), look).get(), outcome::done);
  EXPECT_EQ(told, (std::vector{soon, deadline::never()}));
}

TEST_F(one_session, that_is_thrown_out_of_is_thrown_away) {
  EXPECT_EQ(ask(deadline::never(), [](session&) { throw store_unavailable("cut"); }).get(), outcome::broke);
  EXPECT_EQ(ask(deadline::never()).get(), outcome::done);
  EXPECT_EQ(made_, 2);
}

TEST_F(one_session, when_it_closes_what_waits_is_surely_not_done) {
  take_the_session();
  auto waiting = ask(deadline::never());
  std::jthread closing([this] { executor_.close(); });
  const auto nothing = [](session&) {};
  while (executor_.run(
      nothing, [](std::exception_ptr) {}, deadline::never()))
    std::this_thread::yield();
  free_.set_value();
  EXPECT_EQ(waiting.get(), outcome::closed);
}

}  // namespace
}  // namespace firstcome::runtime
