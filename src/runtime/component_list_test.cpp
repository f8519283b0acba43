#include "runtime/component_list.hpp"

#include <gmock/gmock.h>

#include <future>
#include <stdexcept>

namespace firstcome::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Parts that note what becomes of them.
class component_lists : public ::testing::Test {
 protected:
  struct noting {
    component_lists& test;
    std::string name;
    ~noting() { test.note("destroy", name); }
  };

  void note(const std::string& what, const std::string& of) { seen_.push_back(what + " " + of); }
  auto noted(const std::string& what, const std::string& of) {
    return [=, this] { note(what, of); };
  }
  component_hooks hooks_of(const std::string& name) {
    return {.start = noted("start", name),
            .refuse = noted("refuse", name),
            .quiet = [=, this] { return busy_ != name; },
            .give_up = noted("give up", name),
            .stop = noted("stop", name)};
  }
  void make(const std::string& name) {
    parts_.make(name, [&] { return std::make_unique<noting>(*this, name); });
    parts_.with(hooks_of(name));
  }
  std::vector<std::string> taken_notes() { return std::exchange(seen_, {}); }

  std::vector<std::string> seen_;
  std::string busy_;
  component_list parts_;
};

TEST_F(component_lists, start_in_order_and_stop_in_reverse) {
  make("ledger");
  make("writer");
  make("server");
  parts_.start();
  EXPECT_THAT(taken_notes(), ElementsAre("start ledger", "start writer", "start server"));
  parts_.refuse();
  EXPECT_THAT(taken_notes(), ElementsAre("refuse server", "refuse writer", "refuse ledger"));
  parts_.stop();
  EXPECT_THAT(taken_notes(),
              ElementsAre("give up server", "give up writer", "give up ledger", "stop server", "destroy server",
                          "stop writer", "destroy writer", "stop ledger", "destroy ledger"));
  parts_.stop();
  EXPECT_THAT(taken_notes(), IsEmpty());
}

TEST_F(component_lists, are_quiet_when_every_part_is) {
  make("writer");
  make("server");
  busy_ = "writer";
  EXPECT_TRUE(parts_.quiet()) << "what was not started has nothing to do";
  parts_.start();
  EXPECT_FALSE(parts_.quiet());
  busy_.clear();
  EXPECT_TRUE(parts_.quiet());
}

TEST_F(component_lists, name_the_part_that_does_not_start_and_take_down_those_before_it) {
  make("ledger");
  make("writer");
  parts_.add("server", {.start = [] { throw std::runtime_error("the port is taken"); },
                        .give_up = noted("give up", "server"),
                        .stop = noted("stop", "server")});
  make("timer");
  EXPECT_THROW(parts_.start(), std::runtime_error);
  EXPECT_EQ(parts_.failed(), "server");
  EXPECT_THAT(taken_notes(), ElementsAre("start ledger", "start writer", "give up writer", "give up ledger",
                                         "stop timer", "destroy timer", "stop server", "stop writer", "destroy writer",
                                         "stop ledger", "destroy ledger"));
}

TEST_F(component_lists, name_the_part_that_cannot_be_made_and_take_down_those_before_it) {
  make("folder");
  make("ledger");
  const auto broken = []() -> std::unique_ptr<int> { throw std::invalid_argument("the books do not agree"); };
  EXPECT_THROW(parts_.make("gates", broken), std::invalid_argument) << "the exception itself goes on";
  EXPECT_EQ(parts_.failed(), "gates");
  EXPECT_THAT(taken_notes(), ElementsAre("stop ledger", "destroy ledger", "stop folder", "destroy folder"));
}

TEST_F(component_lists, end_the_others_when_one_does_not_stop_as_it_should) {
  make("ledger");
  parts_.add("writer", {.give_up = [] { throw std::runtime_error("cannot"); },
                        .stop = [] { throw std::runtime_error("cannot"); }});
  parts_.start();
  seen_.clear();
  parts_.stop();
  EXPECT_THAT(taken_notes(), ElementsAre("give up ledger", "stop ledger", "destroy ledger"));
}

TEST_F(component_lists, name_the_part_on_which_a_stop_hangs_past_its_bound) {
  std::promise<std::string> hung;
  std::promise<void> goes_on;
  make("ledger");
  parts_.add("pool", {.stop = [&] { goes_on.get_future().wait(); }});
  make("server");
  parts_.start();
  parts_.stop_by(deadline::after(1ms), [&](const std::string& name) {
    hung.set_value(name);
    goes_on.set_value();
  });
  EXPECT_EQ(hung.get_future().get(), "pool");
  EXPECT_EQ(taken_notes().back(), "destroy ledger");
}

TEST_F(component_lists, that_stop_in_time_overrun_nothing) {
  make("server");
  parts_.start();
  parts_.stop_by(deadline::after(1h), [](const std::string& name) { FAIL() << name; });
  EXPECT_EQ(taken_notes().back(), "destroy server");
}

}  // namespace
}  // namespace firstcome::runtime
