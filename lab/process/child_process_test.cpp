#include "lab/process/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "support/eventually.hpp"

namespace firstcome::lab {
namespace {

class with_a_handler_of_ours : public ::testing::Test {
 protected:
  void SetUp() override {
    struct sigaction ours {};
    ours.sa_handler = [](int) {};
    sigaction(SIGTERM, &ours, &before_);
  }
  void TearDown() override { sigaction(SIGTERM, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

TEST_F(with_a_handler_of_ours, a_child_that_was_only_just_started_is_ended_by_a_signal) {
  for (int time = 0; time < 100; ++time) {
    child_process child({.arguments = {"/bin/sleep", "300"}});
    child.send_signal(SIGTERM);
    ASSERT_EQ(child.wait(testing::patience), killed_by(SIGTERM)) << "the " << time + 1 << ". one";
  }
}

}  // namespace
}  // namespace firstcome::lab
