#include "ledger/sqlite/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "ledger/sqlite/ledger.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::ledger {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class sqlite_schema_test : public ::testing::Test {
 protected:
  void open() { sqlite_ledger store({.folder = folder_.path()}); }
  std::string file() { return (folder_.path() / sqlite_schema::file_name).string(); }
  void execute(const std::string& sql) { sql::connection(file(), sql::open_mode::read_write_create).execute(sql); }
  void expect_refusal(const std::string& why) {
    EXPECT_THAT([&] { open(); }, ThrowsMessage<std::runtime_error>(AllOf(HasSubstr(file()), HasSubstr(why))));
  }

  testing::temporary_directory folder_;
};

TEST_F(sqlite_schema_test, its_own_file_is_opened_again) {
  open();
  EXPECT_NO_THROW(open());
}

TEST_F(sqlite_schema_test, another_programs_database_is_refused_and_left_alone) {
  execute("CREATE TABLE notes (text TEXT)");
  expect_refusal("made by another program");
  sql::connection db(file(), sql::open_mode::read_only);
  EXPECT_EQ(db.text("PRAGMA journal_mode"), "delete");
  EXPECT_EQ(db.integer("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST_F(sqlite_schema_test, a_newer_version_is_refused_with_both_numbers) {
  open();
  execute("PRAGMA user_version = 7");
  expect_refusal("version 7, and this program knows version 2");
}

TEST_F(sqlite_schema_test, a_ledger_without_its_unique_index_is_refused) {
  open();
  execute("DROP INDEX coupon_issues_by_user");
  expect_refusal("coupon_issues_by_user is missing");
}

TEST_F(sqlite_schema_test, a_changed_table_is_refused) {
  open();
  execute("ALTER TABLE coupons ADD COLUMN colour TEXT");
  expect_refusal("coupons differs from its definition");
}

TEST_F(sqlite_schema_test, a_file_that_is_no_database_is_refused) {
  std::ofstream(file()) << std::string(5000, 'x');
  expect_refusal("not a SQLite database");
}

TEST_F(sqlite_schema_test, every_column_of_the_entity_model_can_be_read) {
  open();
  sql::connection db(file(), sql::open_mode::read_only);
  EXPECT_NO_THROW(
      db.execute("SELECT id, coupon_id, user_id, sequence, date_issued, date_used, date_created, date_updated"
                 " FROM coupon_issues"));
}

TEST_F(sqlite_schema_test, the_database_itself_refuses_a_second_issue_and_a_second_sequence) {
  open();
  execute("INSERT INTO coupon_issues (id, user_id, date_issued) VALUES (1 << 32 | 1, 5, 0)");
  EXPECT_THROW(execute("INSERT INTO coupon_issues (id, user_id, date_issued) VALUES (1 << 32 | 2, 5, 0)"),
               sql::sqlite_error);
  EXPECT_THROW(execute("INSERT INTO coupon_issues (id, user_id, date_issued) VALUES (1 << 32 | 1, 6, 0)"),
               sql::sqlite_error);
  EXPECT_NO_THROW(execute("INSERT INTO coupon_issues (id, user_id, date_issued) VALUES (2 << 32 | 1, 5, 0)"));
}

}  // namespace
}  // namespace firstcome::ledger
