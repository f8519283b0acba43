#include "ledger/mysql/migration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "ledger/mysql/ledger.hpp"
#include "ledger/mysql/schema.hpp"
#include "support/eventually.hpp"
#include "support/ledger_database.hpp"

namespace firstcome::ledger {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;
using namespace std::chrono_literals;
using rows = std::vector<std::vector<std::string>>;

class migration_test : public ::testing::Test {
 protected:
  static testing::mariadb_server& server() { return testing::shared_mariadb(); }

  void execute(const std::string& sql) { server().execute(sql, database_); }
  rows query(const std::string& sql) { return server().rows(sql, database_); }
  sql::mysql_connection connect() { return sql::mysql_connection(at_, migration_timeouts()); }
  migration_report run(const migration_request& request = {}) {
    sql::mysql_connection db = connect();
    return migrate(db, request);
  }
  std::vector<std::string> conflicts(const migration_request& request = {}) {
    std::vector<std::string> sentences;
    const migration_report report = run(request);
    EXPECT_EQ(report.outcome, migration_outcome::conflicts);
    for (const auto& c : report.conflicts) sentences.push_back(c.sentence);
    return sentences;
  }

  /// As the original service's entity model makes it.
  void make_original() {
    execute(
        "CREATE TABLE coupons (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(255) NOT NULL,"
        " coupon_type VARCHAR(255) NOT NULL, total_quantity INT, issued_quantity INT NOT NULL, discount_amount INT NOT"
        " NULL, min_available_amount INT NOT NULL, date_issue_start DATETIME(6) NOT NULL, date_issue_end DATETIME(6)"
        " NOT NULL, date_created DATETIME(6), date_updated DATETIME(6)) ENGINE=InnoDB");
    execute(
        "CREATE TABLE coupon_issues (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, coupon_id BIGINT NOT NULL, user_id"
        " BIGINT NOT NULL, date_issued DATETIME(6) NOT NULL, date_used DATETIME(6), date_created DATETIME(6),"
        " date_updated DATETIME(6)) ENGINE=InnoDB");
  }
  void add_coupon(int id, const std::string& total, int issued) {
    execute("INSERT INTO coupons VALUES (" + std::to_string(id) + ", '쿠폰', 'FIRST_COME_FIRST_SERVED', " + total +
            ", " + std::to_string(issued) +
            ", 1000, 5000, '2024-01-01 10:00:00', '2099-12-31 23:59:59.999999',"
            " '2023-12-31 12:00:00', '2023-12-31 12:00:00')");
  }
  void add_issue(int id, int coupon, int user, const std::string& time, const std::string& used = "NULL") {
    execute("INSERT INTO coupon_issues VALUES (" + std::to_string(id) + ", " + std::to_string(coupon) + ", " +
            std::to_string(user) + ", '2024-01-01 " + time + "', " + used + ", '2024-01-01 " + time + "', NULL)");
  }
  /// Three issues of coupon 1 whose times are not in the order of their ids.
  void add_good_rows() {
    add_coupon(1, "500", 3);
    add_coupon(2, "NULL", 0);
    add_issue(1, 1, 101, "10:00:00.000003");
    add_issue(2, 1, 102, "10:00:00.000001", "'2024-01-02 09:30:00'");
    add_issue(3, 1, 103, "10:00:00.000003");
  }
  rows schema() {
    return query(
        "SELECT table_name, column_name, column_type, is_nullable, column_default FROM information_schema.columns"
        " WHERE table_schema = DATABASE() ORDER BY table_name, column_name");
  }
  rows keys() {
    return query(
        "SELECT table_name, index_name, non_unique, column_name FROM information_schema.statistics WHERE table_schema"
        " = DATABASE() ORDER BY table_name, index_name, seq_in_index");
  }
  rows everything() { return query("SELECT * FROM coupons JOIN coupon_issues"); }

  std::string database_ = server().make_database();
  sql::mysql_address at_ = sql::parse_mysql_address(server().url(database_));
};

TEST_F(migration_test, an_empty_database_gets_the_schema_and_again_is_nothing) {
  EXPECT_EQ(run().outcome, migration_outcome::done);
  const rows made = schema();
  EXPECT_EQ(run().outcome, migration_outcome::nothing_to_do);
  EXPECT_EQ(schema(), made);
  sql::mysql_connection db = connect();
  EXPECT_NO_THROW(mysql_schema::check(db));
}

TEST_F(migration_test, several_at_once_do_it_once) {
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      if (run().outcome == migration_outcome::done) ++done;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(done, 1);
}

TEST_F(migration_test, a_node_refuses_a_database_that_was_not_migrated_and_says_what_to_run) {
  mysql_ledger ledger(testing::ledger_at(server().url(database_)));
  EXPECT_THAT([&] { ledger.connect(); }, ThrowsMessage<std::runtime_error>(HasSubstr("run: firstcome migrate")));
  make_original();
  EXPECT_THAT([&] { ledger.connect(); }, ThrowsMessage<std::runtime_error>(HasSubstr("run: firstcome migrate")));
}

TEST_F(migration_test, a_newer_schema_is_refused_by_nodes_and_left_alone) {
  run();
  execute("INSERT INTO firstcome_schema (version) VALUES (7)");
  EXPECT_THAT([&] { run(); }, ThrowsMessage<std::runtime_error>(HasSubstr("newer firstcome")));
  mysql_ledger ledger(testing::ledger_at(server().url(database_)));
  EXPECT_THAT([&] { ledger.connect(); }, ThrowsMessage<std::runtime_error>(HasSubstr("use the newer firstcome")));
}

TEST_F(migration_test, a_schema_without_one_of_its_unique_keys_is_refused) {
  run();
  execute("ALTER TABLE coupon_issues DROP KEY coupon_issues_by_sequence");
  mysql_ledger ledger(testing::ledger_at(server().url(database_)));
  EXPECT_THAT([&] { ledger.connect(); }, ThrowsMessage<std::runtime_error>(HasSubstr("UNIQUE (coupon_id, sequence)")));
}

// An older firstcome's tables

TEST_F(migration_test, version_1_is_upgraded_in_place_however_far_an_earlier_try_got) {
  run();
  const rows wanted = schema();
  const rows wanted_keys = keys();
  for (int already_done = 0; already_done < 4; ++already_done) {
    execute("DELETE FROM firstcome_schema");
    execute("INSERT INTO firstcome_schema (version) VALUES (1)");
    if (already_done < 3)
      execute("ALTER TABLE coupon_issues DROP COLUMN order_id, DROP COLUMN date_returned, DROP COLUMN return_reason");
    if (already_done < 2)
      execute(
          "ALTER TABLE coupons DROP CONSTRAINT coupons_live_within_total, DROP COLUMN restock,"
          " DROP COLUMN returned_quantity, DROP COLUMN gone_quantity,"
          " ADD CONSTRAINT coupons_within_total CHECK (issued_quantity >= 0 AND (total_quantity IS NULL OR"
          " issued_quantity <= total_quantity))");
    if (already_done < 1) execute("DROP TABLE operator_actions, idempotency_keys");
    execute(
        "INSERT INTO coupons (title, coupon_type, total_quantity, issued_quantity, discount_amount,"
        " min_available_amount, date_issue_start, date_issue_end) VALUES ('a', 'b', 3, 1, 0, 0, '2026-01-01',"
        " '2099-01-01')");
    ASSERT_EQ(run().outcome, migration_outcome::done);
    EXPECT_EQ(schema(), wanted) << already_done;
    EXPECT_EQ(keys(), wanted_keys) << already_done;
    EXPECT_ANY_THROW(execute("UPDATE coupons SET gone_quantity = 3")) << "the new check is not there";
    EXPECT_EQ(query("SELECT COUNT(*) FROM information_schema.table_constraints WHERE table_schema = DATABASE()"
                    " AND constraint_name = 'coupons_within_total'"),
              (rows{{"0"}}));
    EXPECT_EQ(run().outcome, migration_outcome::nothing_to_do);
  }
}

// The original service's tables

TEST_F(migration_test, the_original_schema_is_upgraded_in_place_with_its_rows) {
  make_original();
  add_good_rows();
  ASSERT_EQ(run({.source_time_zone = "Asia/Seoul"}).outcome, migration_outcome::done);
  mysql_ledger ledger(testing::ledger_at(server().url(database_)));
  const coupon read = ledger.find_coupon(coupon_id{1}).value();
  EXPECT_EQ(read.title, "쿠폰");
  EXPECT_EQ(read.issued_quantity, 3);
  EXPECT_EQ(to_rfc3339(read.window.start), "2024-01-01T01:00:00.000Z");
  EXPECT_EQ(to_rfc3339(read.window.end), "2099-12-31T14:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(read.date_created), "2023-12-31T03:00:00.000Z");
  EXPECT_EQ(read.epoch, 0);
  std::vector<std::int64_t> users;
  ledger.each_admitted(coupon_id{1}, [&](const issue_record& r) { users.push_back(raw(r.user)); });
  EXPECT_THAT(users, ElementsAre(102, 101, 103)) << "by date_issued, then id";
  const issue_record used = ledger.find_issue(coupon_id{1}, user_id{102}).value();
  EXPECT_EQ(to_rfc3339(used.date_issued), "2024-01-01T01:00:00.000001Z");
  EXPECT_EQ(to_rfc3339(used.date_used.value()), "2024-01-02T00:30:00.000Z");
  EXPECT_EQ(ledger.cursor_of(coupon_id{1}), (queue_cursor{0, "", "0-0", 3}));
  EXPECT_EQ(ledger.cursor_of(coupon_id{2}), (queue_cursor{0, "", "0-0", 0}));
}

TEST_F(migration_test, an_upgraded_schema_is_the_same_as_a_new_one) {
  make_original();
  run();
  const rows upgraded = schema();
  const rows upgraded_keys = keys();
  database_ = server().make_database();
  at_ = sql::parse_mysql_address(server().url(database_));
  run();
  EXPECT_EQ(upgraded, schema());
  EXPECT_EQ(upgraded_keys, keys());
}

TEST_F(migration_test, the_time_zone_has_to_be_given_when_there_are_rows_and_nothing_is_changed_without) {
  make_original();
  add_good_rows();
  const rows before = schema();
  EXPECT_EQ(run().outcome, migration_outcome::needs_time_zone);
  EXPECT_EQ(schema(), before);
  EXPECT_THROW(run({.source_time_zone = "Mars"}), std::invalid_argument);
}

TEST_F(migration_test, conflicts_are_listed_and_nothing_is_changed) {
  make_original();
  add_good_rows();
  add_coupon(3, "1", 1);
  add_issue(11, 1, 101, "11:00:00");  // a duplicate, which makes the count wrong too
  add_issue(12, 3, 201, "11:00:00");
  add_issue(13, 3, 202, "11:00:01");  // one too many
  add_issue(14, 9, 301, "11:00:02");  // of no coupon
  const rows schema_before = schema();
  const rows before = everything();
  EXPECT_THAT(
      conflicts({.source_time_zone = "UTC"}),
      ::testing::UnorderedElementsAre(
          "coupon 1 was issued 2 times to user 101 (issues 1 to 11)",
          "coupon 1 says issued_quantity 3 and has 4 issues",
          "coupon 3 was issued to 2 users, and its total_quantity is 1: raise the total first (UPDATE coupons SET"
          " total_quantity = 2 WHERE id = 3)",
          "coupon 3 says issued_quantity 1 and has 2 issues", "there is no coupon 9, and 1 issues of it"));
  EXPECT_EQ(schema(), schema_before);
  EXPECT_EQ(everything(), before);
  EXPECT_THAT(conflicts({.resolve = true, .source_time_zone = "UTC"}), SizeIs(5)) << "the over-issued one is not ours";
  EXPECT_EQ(schema(), schema_before);
}

TEST_F(migration_test, resolving_keeps_each_users_first_issue_and_moves_the_later_ones_aside) {
  make_original();
  add_good_rows();
  add_issue(11, 1, 101, "09:00:00");  // earlier than issue 1, though its id is later
  add_issue(12, 1, 101, "12:00:00");
  add_issue(14, 9, 301, "11:00:02");
  ASSERT_EQ(run({.resolve = true, .source_time_zone = "+09:00"}).outcome, migration_outcome::done);
  EXPECT_EQ(query("SELECT id, sequence FROM coupon_issues WHERE coupon_id = 1 ORDER BY sequence"),
            (rows{{"11", "1"}, {"2", "2"}, {"3", "3"}}));
  EXPECT_EQ(query("SELECT id, user_id, date_issued, reason FROM coupon_issues_rejected ORDER BY id"),
            (rows{{"1", "101", "2024-01-01 01:00:00.000003", "the same user has issue 11"},
                  {"12", "101", "2024-01-01 03:00:00.000000", "the same user has issue 11"},
                  {"14", "301", "2024-01-01 02:00:02.000000", "there is no such coupon"}}));
  EXPECT_EQ(query("SELECT id, issued_quantity FROM coupons ORDER BY id"), (rows{{"1", "3"}, {"2", "0"}}));
  EXPECT_EQ(run().outcome, migration_outcome::nothing_to_do);
}

TEST_F(migration_test, tables_of_somebody_else_are_refused) {
  execute("CREATE TABLE coupons (id BIGINT PRIMARY KEY, colour VARCHAR(10) NOT NULL)");
  EXPECT_THAT(conflicts(), Contains("the table coupons has no column title: it is not the original service's"));
  execute("DROP TABLE coupons");
  make_original();
  execute("ALTER TABLE coupon_issues ADD COLUMN colour VARCHAR(10) NOT NULL, MODIFY date_issued TIMESTAMP(6)");
  EXPECT_THAT(conflicts(), AllOf(Contains(HasSubstr("coupon_issues.colour")),
                                 Contains("coupon_issues.date_issued is timestamp and not datetime")));
}

TEST_F(migration_test, rows_that_cannot_be_kept_are_listed) {
  make_original();
  add_coupon(1, "-1", 0);
  add_coupon(2, "5", 1);
  execute("UPDATE coupons SET date_issue_start = '1969-12-31' WHERE id = 2");
  add_issue(1, 2, 0, "10:00:00");
  EXPECT_THAT(
      conflicts({.resolve = true, .source_time_zone = "UTC"}),
      AllOf(Contains(HasSubstr("coupon 1 has no title")), Contains(HasSubstr("coupon 2 has a date before 1970")),
            Contains(HasSubstr("issue 1 has no coupon, user or date"))));
}

// Cut off

TEST_F(migration_test, may_be_cut_off_anywhere_and_run_again) {
  make_original();
  add_coupon(1, "100000", 45'000);
  execute(
      "INSERT INTO coupon_issues (coupon_id, user_id, date_issued, date_created) SELECT 1, 1000 + seq, '2024-01-01"
      " 10:00:00' + INTERVAL seq SECOND, '2024-01-01 10:00:00' FROM seq_1_to_45000");
  std::set<std::string> cut_after;
  for (bool done = false; !done;) {
    sql::mysql_connection db = connect();
    const std::string id = db.value("SELECT CONNECTION_ID()").value();
    const auto cut_once = [&](const std::string& what) {
      if (cut_after.insert(what).second) execute("KILL " + id);
    };
    try {
      done = migrate(db, {.source_time_zone = "+09:00", .say = cut_once}).outcome == migration_outcome::done;
    } catch (const sql::mysql_error& e) {
      EXPECT_EQ(e.failure(), sql::mysql_failure::connection_lost) << e.what();
    }
  }
  EXPECT_GE(cut_after.size(), 5u);  // a part of the times, each table's change, the sequences
  EXPECT_EQ(query("SELECT MIN(date_issued), MAX(date_issued), COUNT(*), MAX(sequence), COUNT(DISTINCT sequence) FROM"
                  " coupon_issues"),
            (rows{{"2024-01-01 01:00:01.000000", "2024-01-01 13:30:00.000000", "45000", "45000", "45000"}}));
  EXPECT_EQ(query("SELECT date_issue_start FROM coupons"), (rows{{"2024-01-01 01:00:00.000000"}}));
}

TEST_F(migration_test, survives_a_server_that_is_killed_in_the_middle_of_it) {
  testing::mariadb_server own;
  database_ = own.make_database();
  at_ = sql::parse_mysql_address(own.url(database_));
  bool done = false;
  for (int attempt = 0; attempt < 20 && !done; ++attempt) {
    std::thread killer([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(3 * attempt));  // each time a little later
      own.kill_hard();
    });
    try {
      done = run().outcome != migration_outcome::conflicts;
    } catch (const std::exception&) {
      // Cut off.
    }
    killer.join();
    own.start();
  }
  EXPECT_NE(run().outcome, migration_outcome::conflicts);
  sql::mysql_connection db = connect();
  EXPECT_NO_THROW(mysql_schema::check(db));
}

TEST_F(migration_test, a_second_run_with_another_zone_after_a_cut_is_refused) {
  make_original();
  add_good_rows();
  const auto cut = [&](const std::string&) { throw std::runtime_error("cut"); };
  EXPECT_THROW(run({.source_time_zone = "+09:00", .say = cut}), std::runtime_error);
  EXPECT_THAT([&] { run({.source_time_zone = "+08:00"}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("has begun to convert times from +09:00")));
  EXPECT_EQ(run({.source_time_zone = "+09:00"}).outcome, migration_outcome::done);
  EXPECT_EQ(query("SELECT date_issue_start FROM coupons WHERE id = 1"), (rows{{"2024-01-01 01:00:00.000000"}}));
}

}  // namespace
}  // namespace firstcome::ledger
