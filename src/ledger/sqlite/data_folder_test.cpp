#include "ledger/sqlite/data_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "support/temporary_directory.hpp"

namespace firstcome::ledger {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class data_folder_test : public ::testing::Test {
 protected:
  testing::temporary_directory base_;
  std::filesystem::path path_ = base_.path() / "a" / "data";
};

TEST_F(data_folder_test, it_makes_the_folder_for_its_owner_only) {
  const data_folder held(path_);
  struct stat found {};
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
  EXPECT_EQ(held.path(), path_);
}

TEST_F(data_folder_test, a_second_taker_hears_which_folder_and_which_process) {
  const data_folder held(path_);
  EXPECT_THAT([&] { data_folder second(path_); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr(path_.string()), HasSubstr("process " + std::to_string(getpid())))));
}

TEST_F(data_folder_test, it_can_be_taken_again_once_it_was_given_back) {
  std::optional<data_folder> held;
  held.emplace(path_);
  held.reset();
  EXPECT_NO_THROW(held.emplace(path_));
}

TEST_F(data_folder_test, the_lock_of_a_killed_process_is_free) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const data_folder held(path_);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_THAT([&] { data_folder second(path_); },
              ThrowsMessage<std::runtime_error>(HasSubstr("process " + std::to_string(child))));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(data_folder again(path_));
  close(ready[0]);
  close(ready[1]);
}

TEST_F(data_folder_test, a_path_that_cannot_be_a_folder_is_named) {
  const data_folder held(path_);
  EXPECT_THAT([&] { data_folder below(path_ / "lock" / "x"); },
              ThrowsMessage<std::runtime_error>(HasSubstr((path_ / "lock").string())));
}

}  // namespace
}  // namespace firstcome::ledger
