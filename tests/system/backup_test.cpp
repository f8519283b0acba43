// Copies of an embedded ledger: taken while the node serves, put back, and what a clean stop leaves behind.

#include <gmock/gmock.h>

#include <fstream>

#include "support/child_process.hpp"
#include "support/system_test.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class backup : public system_test {
 protected:
  finished_child run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), firstcome_program());
    return run_to_end({.arguments = std::move(arguments)});
  }
  std::string copy() const { return (folder_.path() / "copy.db").string(); }
  std::string elsewhere() const { return (folder_.path() / "elsewhere").string(); }

  temporary_directory folder_;
};

TEST_F(backup, is_taken_while_the_node_serves_and_put_back_into_an_empty_folder) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 10});
  for (const int user : {1, 2, 3}) ASSERT_EQ(ask_for_issue(server(), offer, user).status, 201);
  const finished_child taken = run({"backup", "--data-dir", server().data_dir().string(), copy()});
  ASSERT_EQ(taken.status, exited_with(0)) << taken.err;
  EXPECT_THAT(taken.out, HasSubstr("3 issues, the books agree"));
  ASSERT_EQ(ask_for_issue(server(), offer, 4).status, 201) << "and it serves on";
  EXPECT_EQ(run({"backup", "--data-dir", server().data_dir().string(), copy()}).status, exited_with(2))
      << "it is never overwritten";

  const finished_child back = run({"restore", "--data-dir", elsewhere(), copy()});
  ASSERT_EQ(back.status, exited_with(0)) << back.err;
  const finished_child audited = run({"audit", "--data-dir", elsewhere()});
  EXPECT_EQ(audited.status, exited_with(0)) << audited.out;
  EXPECT_THAT(audited.out, HasSubstr("3"));
}

TEST_F(backup, finds_the_folder_by_the_environment_as_the_node_does) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 10});
  ASSERT_EQ(ask_for_issue(server(), offer, 1).status, 201);
  const auto told = [&](const char* what, const std::string& folder) {
    return run_to_end(
        {.arguments = {firstcome_program(), what, copy()}, .environment = {{"FIRSTCOME_DATA_DIR", folder}}});
  };
  const finished_child taken = told("backup", server().data_dir().string());
  EXPECT_EQ(taken.status, exited_with(0)) << taken.err;
  const finished_child back = told("restore", elsewhere());
  EXPECT_EQ(back.status, exited_with(0)) << back.err;
  EXPECT_TRUE(fs::exists(fs::path(elsewhere()) / "firstcome.db"));
}

TEST_F(backup, is_not_put_into_a_folder_in_use_nor_over_a_ledger_that_is_there) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 10});
  ASSERT_EQ(ask_for_issue(server(), offer, 1).status, 201);
  const std::string data = server().data_dir().string();
  ASSERT_EQ(run({"backup", "--data-dir", data, copy()}).status, exited_with(0));
  EXPECT_EQ(run({"restore", "--data-dir", data, "--replace", copy()}).status, exited_with(1)) << "the node runs";
  ASSERT_EQ(ask_for_issue(server(), offer, 2).status, 201);
  server().kill_hard();  // its log holds the second issue
  const finished_child refused = run({"restore", "--data-dir", data, copy()});
  EXPECT_EQ(refused.status, exited_with(2));
  EXPECT_THAT(refused.err, HasSubstr("--replace"));
  ASSERT_EQ(run({"restore", "--data-dir", data, "--replace", copy()}).status, exited_with(0));
  EXPECT_TRUE(fs::exists(fs::path(data) / "replaced" / "firstcome.db"));
  server().start();
  EXPECT_EQ(server().client().get(issue_path(offer, 1)).status, 200);
  EXPECT_EQ(server().client().get(issue_path(offer, 2)).status, 404) << "the old log did not win over the backup";
}

TEST_F(backup, is_refused_for_a_file_that_is_no_ledger) {
  const std::string nonsense = (folder_.path() / "nonsense.db").string();
  std::ofstream(nonsense) << std::string(5000, 'x');
  EXPECT_EQ(run({"restore", "--data-dir", elsewhere(), nonsense}).status, exited_with(1));
  EXPECT_FALSE(fs::exists(fs::path(elsewhere()) / "firstcome.db"));
}

TEST_F(backup, needs_only_the_one_file_after_a_clean_stop) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 10});
  for (const int user : {1, 2}) ASSERT_EQ(ask_for_issue(server(), offer, user).status, 201);
  ASSERT_EQ(server().terminate(), exited_with(0));
  fs::create_directory(elsewhere());
  fs::copy_file(server().database(), fs::path(elsewhere()) / "firstcome.db");
  const finished_child audited = run({"audit", "--data-dir", elsewhere()});
  EXPECT_EQ(audited.status, exited_with(0)) << audited.out;
  EXPECT_THAT(audited.out, HasSubstr("issues checked: 2"));
  server().start();
  EXPECT_EQ(server().client().get(issue_path(offer, 2)).status, 200);
}

}  // namespace
}  // namespace firstcome::testing
