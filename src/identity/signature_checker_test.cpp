#include "identity/signature_checker.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <future>
#include <mutex>
#include <string>

#include "support/eventually.hpp"

namespace firstcome::identity {
namespace {

using queue_kind = signature_checker::queue_kind;
using firstcome::testing::patience;

/// What the checking threads wrote: each queue has one.
class turn_list {
 public:
  void add(const std::string& turn) {
    const std::scoped_lock lock(mutex_);
    text_ += turn;
  }
  std::string take() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(text_, {});
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

/// Writes its letter when it has its turn; a `p` writes the thread's priority.
class letter final : public signature_check {
 public:
  letter(turn_list& into, char which) : into_(into), which_(which) {}
  bool wanted() const override { return is_wanted; }
  bool run() override {
    into_.add(which_ == 'p' ? std::to_string(getpriority(PRIO_PROCESS, 0)) : std::string(1, which_));
    return which_ != 'x';
  }
  void done(checked outcome) { outcome_.set_value(outcome); }

  checked outcome() {
    auto soon = outcome_.get_future();
    EXPECT_EQ(soon.wait_for(patience), std::future_status::ready);
    return soon.get();
  }

  bool is_wanted = true;

 private:
  turn_list& into_;
  const char which_;
  std::promise<checked> outcome_;
};

/// Keeps the only thread of its queue until it is let go.
class standing final : public signature_check {
 public:
  bool wanted() const override { return true; }
  bool run() override {
    begun.set_value();
    go.get_future().wait();
    return true;
  }
  std::promise<void> begun, go;
};

class signature_checks : public ::testing::Test {
 protected:
  ~signature_checks() override { let_go(); }
  void block(queue_kind in) {
    blocking_ = std::make_shared<standing>();
    checker_.take(in, blocking_);
    ASSERT_EQ(blocking_->begun.get_future().wait_for(patience), std::future_status::ready);
    blocked_ = true;
  }
  void let_go() {
    if (std::exchange(blocked_, false)) blocking_->go.set_value();
  }
  std::shared_ptr<letter> take(queue_kind in, char which) {
    auto one = std::make_shared<letter>(turns_, which);
    return checker_.take(in, one) ? one : nullptr;
  }

  turn_list turns_;
  std::shared_ptr<standing> blocking_;
  bool blocked_ = false;
  std::atomic<std::size_t> told_together_ = 0;  // at most
  signature_checker checker_{
      {.threads = 1, .waiting_max = 20, .suspects_max = 3, .deliver_within = std::chrono::hours(1)},
      [this](auto finished) {
        told_together_ = std::max(told_together_.load(), finished.size());
        for (auto& one : finished)
          if (auto* const of = dynamic_cast<letter*>(one.check.get())) of->done(one.outcome);
      }};
};

TEST_F(signature_checks, come_out_good_or_bad) {
  EXPECT_EQ(take(queue_kind::usual, 'a')->outcome(), checked::good);
  EXPECT_EQ(take(queue_kind::suspects, 'x')->outcome(), checked::bad);
}

TEST_F(signature_checks, that_wait_together_are_told_together) {
  block(queue_kind::usual);
  const auto first = take(queue_kind::usual, 'a'), second = take(queue_kind::usual, 'x'),
             last = take(queue_kind::usual, 'c');
  let_go();
  EXPECT_EQ(last->outcome(), checked::good);
  EXPECT_EQ(first->outcome(), checked::good);
  EXPECT_EQ(second->outcome(), checked::bad);
  EXPECT_EQ(told_together_, 4u) << "with the one that stood there";
}

TEST_F(signature_checks, of_suspects_and_of_everybody_else_do_not_wait_for_each_other) {
  block(queue_kind::usual);
  EXPECT_EQ(take(queue_kind::suspects, 'x')->outcome(), checked::bad);
  let_go();
  block(queue_kind::suspects);
  EXPECT_EQ(take(queue_kind::usual, 'a')->outcome(), checked::good);
}

TEST_F(signature_checks, of_suspects_have_the_lowest_priority) {
  EXPECT_EQ(take(queue_kind::suspects, 'p')->outcome(), checked::good);
  EXPECT_EQ(turns_.take(), "19");
  EXPECT_EQ(take(queue_kind::usual, 'p')->outcome(), checked::good);
  EXPECT_EQ(turns_.take(), std::to_string(getpriority(PRIO_PROCESS, 0)));
}

TEST_F(signature_checks, are_bounded_line_by_line) {
  block(queue_kind::suspects);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(take(queue_kind::suspects, 'x'));
  EXPECT_FALSE(take(queue_kind::suspects, 'x'));
  EXPECT_FALSE(checker_.has_room(queue_kind::suspects));
  let_go();
  block(queue_kind::usual);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(take(queue_kind::usual, 'a'));
  EXPECT_FALSE(take(queue_kind::usual, 'a'));
  EXPECT_FALSE(checker_.has_room(queue_kind::usual));
}

TEST_F(signature_checks, that_nobody_waits_for_are_left_out) {
  block(queue_kind::usual);
  const auto gone = take(queue_kind::usual, 'g');
  const auto here = take(queue_kind::usual, 'h');
  gone->is_wanted = false;
  let_go();
  EXPECT_EQ(here->outcome(), checked::good);
  EXPECT_EQ(turns_.take(), "h");
}

TEST_F(signature_checks, that_wait_are_told_when_the_node_stops) {
  block(queue_kind::usual);
  const auto waits = take(queue_kind::usual, 'w');
  auto closed = std::async(std::launch::async, [this] { checker_.close(); });
  while (checker_.has_room(queue_kind::usual)) std::this_thread::yield();
  let_go();
  closed.get();
  EXPECT_EQ(waits->outcome(), checked::not_done);
  EXPECT_FALSE(take(queue_kind::usual, 'l'));
  EXPECT_EQ(turns_.take(), "");
}

}  // namespace
}  // namespace firstcome::identity
