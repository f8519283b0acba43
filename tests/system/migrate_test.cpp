// `firstcome migrate` as an operator meets it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/child_process.hpp"
#include "support/mariadb_server.hpp"

namespace firstcome::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class migrate_command : public ::testing::Test {
 protected:
  finished_child migrate(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) {
    arguments.insert(arguments.begin(), {FIRSTCOME_BINARY, "migrate"});
    return run_to_end({.arguments = std::move(arguments), .environment = std::move(environment)});
  }
  std::string url() { return shared_mariadb().url(database_); }

  std::string database_ = shared_mariadb().make_database();
};

TEST_F(migrate_command, makes_the_schema_and_says_so_again) {
  const finished_child first = migrate({}, {{"FIRSTCOME_DATABASE", url()}});
  EXPECT_EQ(first.status, exited_with(0)) << first.err;
  EXPECT_THAT(first.out, HasSubstr("now at version 2"));
  const finished_child second = migrate({}, {{"FIRSTCOME_DATABASE", url()}});
  EXPECT_EQ(second.status, exited_with(0)) << second.err;
  EXPECT_THAT(second.out, HasSubstr("at version 2 already"));
}

TEST_F(migrate_command, takes_the_database_from_a_flag_with_a_warning_and_from_a_file_without) {
  const finished_child by_flag = migrate({"--database", url()});
  EXPECT_EQ(by_flag.status, exited_with(0));
  EXPECT_THAT(by_flag.err, AllOf(HasSubstr("warning"), HasSubstr("FIRSTCOME_DATABASE")));
  const temporary_directory folder;
  const std::string file = (folder.path() / "firstcome.toml").string();
  std::ofstream(file) << "[migrate]\ndatabase = \"" << url() << "\"\n";
  const finished_child by_file = migrate({"--config", file});
  EXPECT_EQ(by_file.status, exited_with(0)) << by_file.err;
  EXPECT_THAT(by_file.err, Not(HasSubstr("warning")));
}

TEST_F(migrate_command, wrong_usage_is_2_and_never_shows_the_password) {
  for (const char* wrong : {"mysql://u:s3cret@db", "postgres://u:s3cret@db/x", "mysql://u:s3cret@db:x/y"}) {
    const finished_child f = migrate({}, {{"FIRSTCOME_DATABASE", wrong}});
    EXPECT_EQ(f.status, exited_with(2)) << wrong;
    EXPECT_THAT(f.out + f.err, AllOf(HasSubstr("--database cannot be used"), Not(HasSubstr("s3cret"))));
  }
  const finished_child none = migrate({});
  EXPECT_EQ(none.status, exited_with(2));
  EXPECT_THAT(none.err, HasSubstr("FIRSTCOME_DATABASE"));
}

TEST_F(migrate_command, no_connection_is_1_with_what_to_do) {
  const finished_child f = migrate({}, {{"FIRSTCOME_DATABASE", shared_mariadb().url("nowhere")}});
  EXPECT_EQ(f.status, exited_with(1));
  EXPECT_THAT(f.err, HasSubstr("CREATE DATABASE nowhere"));
}

TEST_F(migrate_command, walks_an_operator_through_the_original_schema) {
  shared_mariadb().execute(
      "CREATE TABLE coupons (id BIGINT AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255), coupon_type VARCHAR(255),"
      " total_quantity INT, issued_quantity INT, discount_amount INT, min_available_amount INT, date_issue_start"
      " DATETIME(6), date_issue_end DATETIME(6), date_created DATETIME(6), date_updated DATETIME(6))",
      database_);
  shared_mariadb().execute(
      "CREATE TABLE coupon_issues (id BIGINT AUTO_INCREMENT PRIMARY KEY, coupon_id BIGINT, user_id BIGINT, date_issued"
      " DATETIME(6), date_used DATETIME(6), date_created DATETIME(6), date_updated DATETIME(6))",
      database_);
  shared_mariadb().execute(
      "INSERT INTO coupons VALUES (1, 'x', 'FIRST_COME_FIRST_SERVED', 5, 1, 0, 0, '2024-01-01', '2024-02-01', NULL,"
      " NULL)",
      database_);
  shared_mariadb().execute(
      "INSERT INTO coupon_issues VALUES (1, 1, 7, '2024-01-02', NULL, NULL, NULL), (2, 1, 7, '2024-01-03', NULL, NULL,"
      " NULL)",
      database_);
  const std::map<std::string, std::string> here = {{"FIRSTCOME_DATABASE", url()}};
  const finished_child listed = migrate({}, here);
  EXPECT_EQ(listed.status, exited_with(1));
  EXPECT_THAT(listed.out, AllOf(HasSubstr("coupon 1 was issued 2 times to user 7"), HasSubstr("Nothing was changed"),
                                HasSubstr("--resolve")));
  const finished_child without_zone = migrate({"--resolve"}, here);
  EXPECT_EQ(without_zone.status, exited_with(2));
  EXPECT_THAT(without_zone.err, HasSubstr("--source-time-zone"));
  EXPECT_EQ(migrate({"--resolve", "--source-time-zone", "Mars"}, here).status, exited_with(2));
  const finished_child done = migrate({"--resolve", "--source-time-zone", "Asia/Seoul"}, here);
  EXPECT_EQ(done.status, exited_with(0)) << done.err;
  EXPECT_EQ(shared_mariadb().value("SELECT id FROM coupon_issues_rejected", database_), "2");
}

}  // namespace
}  // namespace firstcome::testing
