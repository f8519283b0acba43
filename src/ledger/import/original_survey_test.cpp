// What an upgrade of the original service's tables meets in real databases: it stops before it changes anything and
// says what to do, or it goes to its end and leaves alone what is not its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/mysql/migration.hpp"
#include "ledger/mysql/schema.hpp"
#include "support/mariadb_server.hpp"

namespace firstcome::ledger {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using rows = std::vector<std::vector<std::string>>;

class original_survey_test : public ::testing::Test {
 protected:
  static testing::mariadb_server& server() { return testing::shared_mariadb(); }

  void execute(const std::string& sql) { server().execute(sql, database_); }
  rows query(const std::string& sql) { return server().rows(sql, database_); }

  /// `id` is the type of ids and of what points at them.
  void make_tables(const std::string& id = "BIGINT", const std::string& of_issues = "") {
    execute(
        "CREATE TABLE coupons (id " + id +
        " NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255) NOT NULL, coupon_type VARCHAR(255), total_quantity"
        " INT, issued_quantity INT NOT NULL, discount_amount INT NOT NULL, min_available_amount INT NOT NULL,"
        " date_issue_start DATETIME(6), date_issue_end DATETIME(6), date_created DATETIME(6), date_updated"
        " DATETIME(6)) ENGINE=InnoDB");
    execute("CREATE TABLE coupon_issues (id " + id + " NOT NULL AUTO_INCREMENT PRIMARY KEY, coupon_id " + id +
            " NOT NULL, user_id " + id +
            " NOT NULL, date_issued DATETIME(6) NOT NULL, date_used DATETIME(6), date_created DATETIME(6), date_updated"
            " DATETIME(6)" +
            of_issues + ") ENGINE=InnoDB");
  }
  /// A coupon of ten: user 101 has issues 1 and 11, user 102 has issue 2.
  void add_rows() {
    execute(
        "INSERT INTO coupons VALUES (1, 'x', 'FIRST_COME_FIRST_SERVED', 10, 3, 0, 0, '2024-01-01', '2099-01-01', NULL,"
        " '2024-01-01 05:00:00')");
    execute(
        "INSERT INTO coupon_issues (id, coupon_id, user_id, date_issued) VALUES (1, 1, 101, '2024-01-02 10:00:00'), (2,"
        " 1, 102, '2024-01-02 11:00:00'), (11, 1, 101, '2024-01-02 12:00:00')");
  }
  void make_orders(const std::string& rule) {
    execute(
        "CREATE TABLE orders (id INT PRIMARY KEY, issue_id BIGINT, CONSTRAINT orders_issue FOREIGN KEY (issue_id)"
        " REFERENCES coupon_issues (id)" +
        rule + ") ENGINE=InnoDB");
  }
  migration_report run() {
    sql::mysql_connection db(sql::parse_mysql_address(server().url(database_)), migration_timeouts());
    return migrate(db, {.resolve = true, .source_time_zone = "Asia/Seoul"});
  }
  /// Every table as it was made, and what stands in it.
  std::vector<rows> everything() {
    std::vector<rows> all;
    for (const auto& table :
         query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND"
               " table_name <> 'firstcome_migration_lock' ORDER BY table_name")) {
      all.push_back(query("SHOW CREATE TABLE " + table[0]));
      all.push_back(query("SELECT * FROM " + table[0]));
    }
    return all;
  }
  /// What stops it, even with --resolve. Nothing was changed.
  std::vector<std::string> stopped_by() {
    const std::vector<rows> before = everything();
    const migration_report report = run();
    EXPECT_EQ(report.outcome, migration_outcome::conflicts);
    EXPECT_EQ(everything(), before);
    std::vector<std::string> sentences;
    for (const auto& c : report.conflicts)
      if (!c.resolvable) sentences.push_back(c.sentence);
    return sentences;
  }
  void expect_goes_whole() {
    const migration_report report = run();
    EXPECT_EQ(report.outcome, migration_outcome::done);
    for (const auto& c : report.conflicts) EXPECT_TRUE(c.resolvable) << c.sentence;
    sql::mysql_connection db(sql::parse_mysql_address(server().url(database_)));
    EXPECT_NO_THROW(mysql_schema::check(db));
  }

  std::string database_ = server().make_database();
};

// Duplicates

TEST_F(original_survey_test, a_used_duplicate_leaves_the_one_that_stays_used) {
  make_tables();
  add_rows();
  execute(
      "INSERT INTO coupon_issues (id, coupon_id, user_id, date_issued, date_used) VALUES (12, 1, 101,"
      " '2024-01-03', '2024-01-05 09:00:00'), (13, 1, 101, '2024-01-03', '2024-01-04 09:00:00')");
  expect_goes_whole();
  EXPECT_EQ(query("SELECT id, date_issued, date_used FROM coupon_issues ORDER BY id"),
            (rows{{"1", "2024-01-02 01:00:00.000000", "2024-01-04 00:00:00.000000"},
                  {"2", "2024-01-02 02:00:00.000000", "NULL"}}))
      << "used since the first time that one of them was";
  EXPECT_EQ(query("SELECT id, date_used FROM coupon_issues_rejected ORDER BY id"),
            (rows{{"11", "NULL"}, {"12", "2024-01-05 00:00:00.000000"}, {"13", "2024-01-04 00:00:00.000000"}}));
}

TEST_F(original_survey_test, one_that_was_used_itself_keeps_its_time_when_it_is_the_earlier) {
  make_tables();
  add_rows();
  execute(
      "UPDATE coupon_issues SET date_used = IF(id = 1, '2024-01-03 09:00:00', '2024-01-04 09:00:00') WHERE user_id ="
      " 101");
  expect_goes_whole();
  EXPECT_EQ(query("SELECT date_used FROM coupon_issues WHERE id = 1"), (rows{{"2024-01-03 00:00:00.000000"}}));
}

// Tables that point here

TEST_F(original_survey_test, rows_elsewhere_that_point_at_an_issue_which_would_go_stop_it_whatever_their_rule) {
  for (const char* rule : {"", " ON DELETE CASCADE", " ON DELETE SET NULL"}) {
    database_ = server().make_database();
    make_tables();
    add_rows();
    make_orders(rule);
    execute("INSERT INTO orders VALUES (1, 1), (2, 11), (3, 11)");
    EXPECT_THAT(stopped_by(),
                ElementsAre(AllOf(HasSubstr("issue 11 would be moved aside, and 2 rows of orders point at it"),
                                  HasSubstr("orders_issue"), HasSubstr("point them at issue 1, which stays"))));
    execute("UPDATE orders SET issue_id = 1 WHERE issue_id = 11");
    expect_goes_whole();
    EXPECT_EQ(query("SELECT COUNT(*), MIN(issue_id), MAX(issue_id) FROM orders"), (rows{{"3", "1", "1"}}));
  }
}

TEST_F(original_survey_test, a_table_of_another_database_that_points_here_is_seen) {
  make_tables();
  add_rows();
  const std::string shop = server().make_database();
  server().execute(
      "CREATE TABLE orders (id INT PRIMARY KEY, issue_id BIGINT, CONSTRAINT of_shop FOREIGN KEY (issue_id)"
      " REFERENCES " +
          database_ + ".coupon_issues (id) ON DELETE CASCADE) ENGINE=InnoDB",
      shop);
  server().execute("INSERT INTO orders VALUES (1, 11)", shop);
  EXPECT_THAT(stopped_by(), ElementsAre(HasSubstr("1 rows of " + shop + ".orders point at it")));
  EXPECT_EQ(server().value("SELECT COUNT(*) FROM orders", shop), "1");
}

// Foreign keys

TEST_F(original_survey_test, foreign_keys_between_bigints_stay) {
  make_tables("BIGINT", ", CONSTRAINT of_coupon FOREIGN KEY (coupon_id) REFERENCES coupons (id) ON DELETE CASCADE");
  add_rows();
  make_orders("");
  execute(
      "CREATE TABLE banners (coupon_id BIGINT, CONSTRAINT banner FOREIGN KEY (coupon_id) REFERENCES coupons (id))"
      " ENGINE=InnoDB");
  execute("INSERT INTO banners VALUES (1)");
  expect_goes_whole();
  EXPECT_EQ(query("SELECT constraint_name FROM information_schema.referential_constraints WHERE constraint_schema ="
                  " DATABASE() ORDER BY constraint_name"),
            (rows{{"banner"}, {"of_coupon"}, {"orders_issue"}}));
}

TEST_F(original_survey_test, a_foreign_key_that_holds_a_type_which_has_to_change_stops_it) {
  for (const char* type : {"INT", "BIGINT UNSIGNED"}) {
    database_ = server().make_database();
    make_tables(type, ", CONSTRAINT of_coupon FOREIGN KEY (coupon_id) REFERENCES coupons (id)");
    add_rows();
    EXPECT_THAT(stopped_by(), ElementsAre(AllOf(HasSubstr("the foreign key of_coupon of coupon_issues holds"),
                                                HasSubstr("ALTER TABLE `coupon_issues` DROP FOREIGN KEY `of_coupon`"))))
        << type;
    execute("ALTER TABLE `coupon_issues` DROP FOREIGN KEY `of_coupon`");
    expect_goes_whole();
  }
}

TEST_F(original_survey_test, a_rule_that_lets_issues_go_or_change_with_others_stops_it) {
  execute("CREATE TABLE users (id BIGINT PRIMARY KEY) ENGINE=InnoDB");
  execute("INSERT INTO users VALUES (101), (102)");
  make_tables("BIGINT", ", CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE");
  add_rows();
  EXPECT_THAT(stopped_by(), ElementsAre(AllOf(HasSubstr("of_user of coupon_issues is ON DELETE CASCADE"),
                                              HasSubstr("DROP FOREIGN KEY `of_user`"))));
  execute("ALTER TABLE coupon_issues DROP FOREIGN KEY of_user");
  execute("ALTER TABLE coupon_issues ADD CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users (id)");
  expect_goes_whole();
}

TEST_F(original_survey_test, a_foreign_key_that_sets_null_stops_it) {
  make_tables();
  execute(
      "ALTER TABLE coupon_issues MODIFY coupon_id BIGINT NULL, ADD CONSTRAINT of_coupon FOREIGN KEY (coupon_id)"
      " REFERENCES coupons (id) ON UPDATE SET NULL");
  add_rows();
  EXPECT_THAT(stopped_by(), ElementsAre(HasSubstr("is ON UPDATE SET NULL")));
}

// Keys

TEST_F(original_survey_test, keys_that_firstcome_could_not_live_with_stop_it) {
  make_tables();
  add_rows();
  execute("ALTER TABLE coupons ADD UNIQUE KEY one_title (title)");
  execute(
      "ALTER TABLE coupon_issues ADD UNIQUE KEY one_time (coupon_id, date_issued), ADD KEY coupon_issues_by_user"
      " (user_id)");
  EXPECT_THAT(
      stopped_by(),
      ElementsAre(
          "the unique key one_title of coupons on (title) would refuse rows that firstcome accepts: ALTER TABLE"
          " coupons DROP KEY `one_title`",
          "coupon_issues has a key coupon_issues_by_user on (user_id), and firstcome's of that name is another:"
          " ALTER TABLE coupon_issues DROP KEY `coupon_issues_by_user`",
          "the unique key one_time of coupon_issues on (coupon_id, date_issued) would refuse rows that firstcome"
          " accepts: ALTER TABLE coupon_issues DROP KEY `one_time`"));
}

TEST_F(original_survey_test, keys_that_refuse_nothing_more_than_firstcomes_own_stay) {
  make_tables();
  add_rows();
  execute("DELETE FROM coupon_issues WHERE id = 11");
  execute(
      "ALTER TABLE coupon_issues ADD COLUMN code VARCHAR(20), ADD UNIQUE KEY by_code (code), ADD UNIQUE KEY pair"
      " (coupon_id, user_id), ADD KEY by_user (user_id)");
  expect_goes_whole();
  EXPECT_THAT(query("SELECT DISTINCT index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND"
                    " table_name = 'coupon_issues'"),
              IsSupersetOf(rows{{"by_code"}, {"pair"}, {"by_user"}}));
}

TEST_F(original_survey_test, another_primary_key_stops_it_and_none_is_made_when_the_ids_allow_it) {
  make_tables();
  execute("ALTER TABLE coupon_issues MODIFY id BIGINT NOT NULL, DROP PRIMARY KEY, ADD PRIMARY KEY (coupon_id, id)");
  add_rows();
  EXPECT_THAT(stopped_by(), ElementsAre(HasSubstr("the primary key of coupon_issues is (coupon_id, id) and not (id)")));
  execute("ALTER TABLE coupon_issues DROP PRIMARY KEY");
  execute("UPDATE coupon_issues SET id = 2 WHERE id = 11");
  EXPECT_THAT(stopped_by(), ElementsAre(HasSubstr("the id 2 stands in 2 rows of coupon_issues")));
  execute("UPDATE coupon_issues SET id = 11 WHERE id = 2 AND user_id = 101");
  expect_goes_whole();
}

TEST_F(original_survey_test, partitions_views_and_triggers_stop_it) {
  make_tables();
  add_rows();
  execute("ALTER TABLE coupon_issues PARTITION BY HASH (id) PARTITIONS 2");
  execute("CREATE TRIGGER touch BEFORE UPDATE ON coupons FOR EACH ROW SET NEW.date_updated = NOW(6)");
  EXPECT_THAT(stopped_by(), ElementsAre(AllOf(HasSubstr("trigger touch"), HasSubstr("DROP TRIGGER touch")),
                                        AllOf(HasSubstr("partitioned"), HasSubstr("REMOVE PARTITIONING"))));
  execute("DROP TRIGGER touch");
  execute("ALTER TABLE coupon_issues REMOVE PARTITIONING");
  execute("RENAME TABLE coupons TO coupons_of_shop");
  execute("CREATE VIEW coupons AS SELECT * FROM coupons_of_shop");
  EXPECT_THAT(stopped_by(), Contains(HasSubstr("coupons is a VIEW")));
}

// Columns

TEST_F(original_survey_test, a_column_of_another_type_stops_it) {
  make_tables();
  add_rows();
  execute("ALTER TABLE coupon_issues MODIFY user_id VARCHAR(36) NOT NULL");
  execute("ALTER TABLE coupons MODIFY discount_amount DOUBLE NOT NULL, MODIFY title BLOB");
  EXPECT_THAT(stopped_by(),
              ElementsAre("coupons.title is blob and not text: make it VARCHAR(255) first",
                          "coupons.discount_amount is double and not a whole number: make it BIGINT first",
                          "coupon_issues.user_id is varchar and not a whole number: make it BIGINT first"));
}

TEST_F(original_survey_test, a_value_that_would_not_fit_stops_it_and_wider_columns_do_not) {
  make_tables("BIGINT UNSIGNED");
  add_rows();
  execute(
      "ALTER TABLE coupons MODIFY discount_amount BIGINT NOT NULL, MODIFY min_available_amount DECIMAL(12, 2),"
      " MODIFY title TEXT");
  execute("UPDATE coupons SET discount_amount = 3000000000, min_available_amount = 0.50, title = REPEAT('x', 256)");
  execute("UPDATE coupon_issues SET user_id = 18446744073709551615 WHERE id = 2");
  EXPECT_THAT(stopped_by(), ElementsAre(HasSubstr("row 1 of coupons has a title of 256 characters"),
                                        HasSubstr("row 1 of coupons has discount_amount 3000000000"),
                                        HasSubstr("row 1 of coupons has min_available_amount 0.50"),
                                        HasSubstr("row 2 of coupon_issues has user_id 18446744073709551615")));
  execute("UPDATE coupons SET discount_amount = 3, min_available_amount = 2, title = 'y'");
  execute("UPDATE coupon_issues SET user_id = 102 WHERE id = 2");
  expect_goes_whole();
  EXPECT_EQ(query("SELECT title, discount_amount, min_available_amount FROM coupons"), (rows{{"y", "3", "2"}}));
}

TEST_F(original_survey_test, a_column_or_table_of_a_name_that_firstcome_needs_stops_it) {
  make_tables();
  add_rows();
  execute("ALTER TABLE coupon_issues ADD COLUMN order_id BIGINT NULL");
  execute("CREATE TABLE idempotency_keys (id INT PRIMARY KEY)");
  EXPECT_THAT(stopped_by(),
              ElementsAre(HasSubstr("there is a table idempotency_keys already, and it is not firstcome's"),
                          AllOf(HasSubstr("coupon_issues.order_id"), HasSubstr("RENAME COLUMN order_id"))));
  execute("ALTER TABLE coupon_issues RENAME COLUMN order_id TO shop_order_id");
  execute("DROP TABLE idempotency_keys");
  expect_goes_whole();
}

TEST_F(original_survey_test, tables_that_an_earlier_run_made_before_it_was_cut_off_are_no_strangers) {
  expect_goes_whole();
  execute("DELETE FROM firstcome_schema");
  execute("DROP TABLE coupon_issues, issue_cursors, operator_actions");
  expect_goes_whole();
}

TEST_F(original_survey_test, issues_without_a_table_of_coupons_stop_it) {
  make_tables();
  add_rows();
  execute("DROP TABLE coupons");
  EXPECT_THAT(stopped_by(), ElementsAre("there is a table coupon_issues with rows, and no table coupons"));
}

TEST_F(original_survey_test, a_column_that_keeps_the_time_of_the_last_change_is_not_moved_by_the_upgrade) {
  make_tables();
  add_rows();
  execute(
      "ALTER TABLE coupon_issues MODIFY date_updated DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE"
      " CURRENT_TIMESTAMP(6)");
  execute("UPDATE coupon_issues SET date_updated = '2024-02-02 09:00:00'");
  expect_goes_whole();
  EXPECT_EQ(query("SELECT DISTINCT date_updated FROM coupon_issues"), (rows{{"2024-02-02 00:00:00.000000"}}));
}

}  // namespace
}  // namespace firstcome::ledger
