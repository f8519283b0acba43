#include "ledger/sqlite/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/sqlite/schema.hpp"
#include "sql/sqlite.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::ledger {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr timestamp noon = from_microseconds(1'700'000'000'000'000);

class sqlite_audit : public ::testing::Test {
 protected:
  sqlite_audit() {
    sqlite_ledger store({.folder = folder_.path()});
    const issue_window window{noon, noon + std::chrono::hours(1)};
    store.single_writer().create({.title = "five", .total_quantity = 5, .window = window}, noon).value();
    store.single_writer().create({.title = "unlimited", .total_quantity = {}, .window = window}, noon).value();
    std::vector<new_issue> rows;
    for (int i = 1; i <= 4; ++i) rows.push_back({coupon_id{1}, user_id{100 + i}, i, noon});
    for (int i = 1; i <= 3; ++i) rows.push_back({coupon_id{2}, user_id{200 + i}, i, noon});
    EXPECT_EQ(store.single_writer().commit(rows), commit_outcome::committed);
  }

  void damage(const std::string& sql) {
    sql::connection db((folder_.path() / sqlite_schema::file_name).string(), sql::open_mode::read_write_create);
    sqlite3_db_config(db.handle(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
    db.execute("PRAGMA ignore_check_constraints = ON; " + sql);
  }
  /// The same rows in a table without keys, in which everything can be stored.
  void remove_constraints() {
    damage(
        "CREATE TABLE loose AS SELECT id, coupon_id, user_id, sequence, date_issued, date_used, date_returned"
        " FROM coupon_issues;"
        "DROP TABLE coupon_issues; ALTER TABLE loose RENAME TO coupon_issues");
  }
  audit_report audit() { return audit_ledger({.folder = folder_.path()}); }

  testing::temporary_directory folder_;
};

TEST_F(sqlite_audit, a_sound_ledger_agrees_and_says_how_much_was_checked) {
  const audit_report report = audit();
  EXPECT_THAT(report.differences, ElementsAre());
  EXPECT_EQ(report.coupons_checked, 2);
  EXPECT_EQ(report.issues_checked, 7);
}

TEST_F(sqlite_audit, it_reads_beside_a_writer_and_keeps_it_from_nothing) {
  sqlite_ledger store({.folder = folder_.path()});
  EXPECT_TRUE(audit().agrees());
  const new_issue next{coupon_id{1}, user_id{105}, 5, noon};
  EXPECT_EQ(store.single_writer().commit({&next, 1}), commit_outcome::committed);
  EXPECT_EQ(audit().issues_checked, 8);
}

TEST_F(sqlite_audit, a_wrong_count_is_named) {
  damage("UPDATE coupons SET issued_quantity = 2 WHERE id = 1");
  EXPECT_THAT(audit().differences, ElementsAre("coupon 1: issued_quantity says 2, and there are 4 issues"));
}

TEST_F(sqlite_audit, a_missing_issue_in_the_middle_is_named_even_when_the_count_agrees) {
  damage("DELETE FROM coupon_issues WHERE id = (1 << 32 | 2); UPDATE coupons SET issued_quantity = 3 WHERE id = 1");
  EXPECT_THAT(audit().differences, ElementsAre("coupon 1: nobody has sequence 2"));
}

TEST_F(sqlite_audit, a_missing_last_issue_shows_in_the_count) {
  damage("DELETE FROM coupon_issues WHERE id = (2 << 32 | 3)");
  EXPECT_THAT(audit().differences, ElementsAre("coupon 2: issued_quantity says 3, and there are 2 issues"));
}

TEST_F(sqlite_audit, a_wide_gap_is_named_as_a_range) {
  damage("UPDATE coupon_issues SET id = (2 << 32 | 90) WHERE id = (2 << 32 | 3)");
  EXPECT_THAT(audit().differences, ElementsAre("coupon 2: nobody has the sequences 3 to 89"));
}

TEST_F(sqlite_audit, a_user_with_two_issues_is_named) {
  remove_constraints();
  damage("UPDATE coupon_issues SET user_id = 101 WHERE coupon_id = 1 AND sequence = 4");
  EXPECT_THAT(audit().differences, Contains("coupon 1: user 101 has the sequences 1 and 4"));
}

TEST_F(sqlite_audit, a_sequence_given_twice_is_named) {
  remove_constraints();
  damage("UPDATE coupon_issues SET sequence = 3 WHERE coupon_id = 1 AND sequence = 4");
  EXPECT_THAT(audit().differences,
              Contains(::testing::AnyOf("coupon 1: sequence 3 was given to user 103 and to user 104",
                                        "coupon 1: sequence 3 was given to user 104 and to user 103")));
}

TEST_F(sqlite_audit, a_table_without_its_constraints_is_named) {
  remove_constraints();
  EXPECT_THAT(audit().differences, ElementsAre(HasSubstr("coupon_issues differs from its definition")));
}

TEST_F(sqlite_audit, a_missing_unique_index_is_named) {
  damage("DROP INDEX coupon_issues_by_user");
  EXPECT_THAT(audit().differences, ElementsAre(HasSubstr("coupon_issues_by_user is missing")));
}

TEST_F(sqlite_audit, an_over_issued_coupon_is_named) {
  damage("UPDATE coupons SET total_quantity = 3 WHERE id = 1");
  EXPECT_THAT(audit().differences, Contains("coupon 1: 4 issues, more than its total_quantity 3"));
}

TEST_F(sqlite_audit, issues_without_a_coupon_are_named) {
  damage("DELETE FROM coupons WHERE id = 2");
  EXPECT_THAT(audit().differences,
              ElementsAre("coupon 2: does not exist, and has 3 issues (one is user 201 with sequence 1)"));
}

TEST_F(sqlite_audit, a_date_that_cannot_be_is_named) {
  damage("UPDATE coupon_issues SET date_issued = -1 WHERE id = (1 << 32 | 2)");
  EXPECT_THAT(audit().differences, ElementsAre("coupon 1: user 102 with sequence 2: date_issued is out of bounds"));
}

TEST_F(sqlite_audit, a_row_that_its_index_lacks_is_named) {
  // The index is hidden while a row goes in, so that the two disagree.
  damage(
      "PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql = replace(sql, 'CREATE UNIQUE INDEX', 'CREATE INDEX') || ' WHERE user_id < 0'"
      " WHERE name = 'coupon_issues_by_user'; PRAGMA writable_schema = RESET");
  damage(
      "INSERT INTO coupon_issues (id, user_id, date_issued) VALUES (2 << 32 | 4, 204, 1700000000000000);"
      "UPDATE coupons SET issued_quantity = 4 WHERE id = 2");
  damage(
      "PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql ="
      " 'CREATE UNIQUE INDEX coupon_issues_by_user ON coupon_issues (user_id, coupon_id)'"
      " WHERE name = 'coupon_issues_by_user'; PRAGMA writable_schema = RESET");
  EXPECT_THAT(audit().differences, Contains(HasSubstr("missing from index coupon_issues_by_user")));
}

TEST_F(sqlite_audit, repair_counts_again_where_the_issues_are_in_order) {
  damage("UPDATE coupons SET issued_quantity = 1 WHERE id = 2");
  const repair_report outcome =
      repair_ledger(data_folder(folder_.path()), {"kim", "admin"}, from_microseconds(1'700'000'000'000'000));
  EXPECT_THAT(outcome.repaired, ElementsAre("coupon 2: issued_quantity is now 3, the number of its issues"));
  EXPECT_TRUE(outcome.left.agrees());
  EXPECT_TRUE(audit().agrees());
}

TEST_F(sqlite_audit, repair_touches_nothing_where_the_issues_themselves_are_wrong) {
  damage("DELETE FROM coupon_issues WHERE id = (1 << 32 | 2); UPDATE coupons SET total_quantity = 2 WHERE id = 2");
  const audit_report before = audit();
  const repair_report outcome =
      repair_ledger(data_folder(folder_.path()), {"kim", "admin"}, from_microseconds(1'700'000'000'000'000));
  EXPECT_TRUE(outcome.repaired.empty());
  EXPECT_EQ(outcome.left.differences, before.differences);
  EXPECT_EQ(outcome.left.issues_checked, 6);
}

TEST_F(sqlite_audit, a_folder_without_a_ledger_is_an_error) {
  testing::temporary_directory empty;
  EXPECT_THROW(audit_ledger({.folder = empty.path()}), sql::sqlite_error);
}

}  // namespace
}  // namespace firstcome::ledger
