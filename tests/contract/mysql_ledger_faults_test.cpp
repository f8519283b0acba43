// The shared ledger on a real MariaDB that is killed, stopped, full, read-only, held up by others, or not durable.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ledger/mysql/ledger.hpp"
#include "support/cutting_proxy.hpp"
#include "support/eventually.hpp"
#include "support/ledger_database.hpp"
#include "support/shared_ledger_rows.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::testing {
namespace {

using ledger::append_batch;
using ledger::append_outcome;
using ledger::mysql_ledger;
using ledger::mysql_ledger_options;
using ledger::new_issue;
using ledger::queue_cursor;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;
using namespace std::chrono_literals;

append_batch batch(coupon_id coupon, sequence_number from, sequence_number to) {
  append_batch b{cursor_at(from), cursor_at(to), {}, {}};
  for (sequence_number s = from + 1; s <= to; ++s) b.rows.push_back({coupon, user_at(s), s, noon});
  return b;
}

coupon_id make_coupon(mysql_ledger& ledger, std::optional<std::int32_t> total = std::nullopt) {
  const coupon_draft draft{.title = "x", .total_quantity = total, .window = {noon, noon + 24h}};
  const coupon_id id = ledger.create(draft, noon).value().id;
  const auto lock = ledger.lock(id, runtime::deadline::after(5s)).value();
  lock->set_cursor(cursor_at(0));
  lock->commit();
  return id;
}

sequence_number rows_of(mysql_ledger& ledger, coupon_id id) {
  sequence_number count = 0;
  ledger.each_admitted(id, [&](const issue_record&) { ++count; });
  return count;
}

/// Asks until the server is there again.
queue_cursor cursor_when_back(mysql_ledger& ledger, coupon_id id) {
  std::optional<queue_cursor> cursor;
  EXPECT_TRUE(eventually([&] {
    try {
      cursor = ledger.cursor_of(id);
    } catch (const store_unavailable&) {
      // Not yet.
    }
    return cursor.has_value();
  }));
  return cursor.value_or(queue_cursor{});
}

class mysql_ledger_faults : public ::testing::Test {
 protected:
  mysql_ledger_options options() {
    mysql_ledger_options o = ledger_at(url_);
    o.timeouts = {.connect = 1s, .reply = 3s, .idle = 1s, .lock = 1s};
    o.at.tls = sql::tls_mode::off;  // MariaDB 11.8 has TLS on by itself, and the proxy has to read what is said
    return o;
  }
  std::string database() const { return url_.substr(url_.rfind('/') + 1); }
  void end_connections_of_others() {
    for (const auto& row :
         server_.rows("SELECT id FROM information_schema.processlist WHERE db = '" + database() + "'"))
      server_.execute("KILL " + row[0]);
  }

  mariadb_server server_;
  std::string url_ = make_ledger_database(server_);
};

TEST_F(mysql_ledger_faults, a_coupon_its_trail_and_its_key_are_there_together_wherever_the_connection_breaks) {
  const coupon_draft draft{.title = "x", .window = {noon, noon + 24h}};
  const actor kim{"kim", "operator"};
  int n = 0;
  for (const auto& [word, done] :
       {std::pair("INSERT INTO coupons", false), std::pair("INSERT INTO idempotency_keys", false),
        std::pair("INSERT INTO operator_actions", false), std::pair("COMMIT", true)}) {
    for (const bool before : {true, false}) {
      SCOPED_TRACE(std::string(before ? "before " : "after ") + word);
      cutting_proxy proxy(server_.port());
      mysql_ledger_options through = options();
      through.at.port = proxy.port();
      mysql_ledger cut_off(through);
      const idempotency_key key{"k-" + std::to_string(++n), "f"};
      (void)cut_off.find_coupon(coupon_id{1});  // connects
      before ? proxy.cut_before(word) : proxy.cut_after(word);
      EXPECT_THROW(cut_off.create(draft, noon, kim, key), store_unavailable);
      mysql_ledger other(options());
      std::size_t rows = 0;
      const auto counted = [&](const std::string& table) {
        return std::stoul(server_.rows("SELECT COUNT(*) FROM " + database() + "." + table)[0][0]);
      };
      EXPECT_TRUE(eventually([&] {  // the server may be at it still
        rows = counted("coupons");
        return !done || before || rows == static_cast<std::size_t>(n);
      }));
      EXPECT_EQ(counted("operator_actions"), rows);
      EXPECT_EQ(counted("idempotency_keys"), rows);
      (void)other.create(draft, noon, kim, key).value();  // again: now surely once
      EXPECT_EQ(counted("coupons"), static_cast<std::size_t>(n));
      EXPECT_EQ(counted("operator_actions"), static_cast<std::size_t>(n));
    }
  }
}

TEST_F(mysql_ledger_faults, a_server_that_is_killed_at_random_instants_loses_and_doubles_nothing) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  std::atomic<bool> stop = false;
  std::atomic<sequence_number> acknowledged = 0;
  std::jthread worker([&] {
    while (!stop) {
      try {
        queue_cursor cursor = cursor_when_back(ledger, id);
        EXPECT_GE(cursor.last_sequence, acknowledged) << "a commit that was answered is gone";
        while (!stop) {
          const append_batch next = batch(id, cursor.last_sequence, cursor.last_sequence + 7);
          if (ledger.append(id, next) != append_outcome::committed) break;
          cursor = next.to;
          acknowledged = cursor.last_sequence;
        }
      } catch (const store_unavailable&) {
        // Unknown whether the last batch is in: the cursor decides.
      }
    }
  });
  for (int i = 0; i < 5; ++i) {
    const sequence_number reached = acknowledged;
    EXPECT_TRUE(eventually([&] { return acknowledged >= reached + 50 * (i + 1); }));
    server_.kill_hard();
    server_.start();
  }
  stop = true;
  worker.join();
  const queue_cursor last = cursor_when_back(ledger, id);
  EXPECT_GE(last.last_sequence, acknowledged);
  EXPECT_EQ(rows_of(ledger, id), last.last_sequence);
  EXPECT_EQ(ledger.find_coupon(id).value().issued_quantity, last.last_sequence);
}

TEST_F(mysql_ledger_faults, a_commit_whose_answer_is_lost_is_unknown_and_the_cursor_decides) {
  cutting_proxy proxy(server_.port());
  mysql_ledger_options through = options();
  through.at.port = proxy.port();
  mysql_ledger ledger(through);
  const coupon_id id = make_coupon(ledger);
  proxy.cut_after("COMMIT");  // the server gets it, and its answer goes nowhere
  EXPECT_THROW(ledger.append(id, batch(id, 0, 3)), store_unavailable);
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::moved);
  EXPECT_TRUE(eventually([&] { return ledger.cursor_of(id) == cursor_at(3); })) << "it had happened";
  proxy.cut_before("COMMIT");  // the server never gets it
  EXPECT_THROW(ledger.append(id, batch(id, 3, 5)), store_unavailable);
  EXPECT_EQ(ledger.cursor_of(id), cursor_at(3)) << "it had not happened";
  EXPECT_TRUE(eventually([&] { return ledger.append(id, batch(id, 3, 5)) == append_outcome::committed; }));
  EXPECT_EQ(rows_of(ledger, id), 5);
}

TEST_F(mysql_ledger_faults, a_server_that_hangs_is_given_up_in_time_and_used_again_when_it_goes_on) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  server_.pause();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THROW(ledger.append(id, batch(id, 0, 3)), store_unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);
  EXPECT_THROW(ledger.cursor_of(id), store_unavailable);
  server_.resume();
  const queue_cursor cursor = cursor_when_back(ledger, id);
  EXPECT_THAT(cursor.last_sequence, ::testing::AnyOf(0, 3));
  EXPECT_EQ(rows_of(ledger, id), cursor.last_sequence);
}

TEST_F(mysql_ledger_faults, a_node_that_stops_in_the_middle_of_a_transaction_frees_its_locks_in_seconds) {
  mysql_ledger stopped(options());
  mysql_ledger other(options());
  const coupon_id id = make_coupon(other);
  const auto lock = stopped.lock(id, runtime::deadline::after(1s)).value();
  ASSERT_EQ(lock->append(batch(id, 0, 1).rows, {}), append_outcome::committed);
  EXPECT_EQ(other.append(id, batch(id, 0, 3)), append_outcome::busy);
  // It says nothing more, as a process that got SIGSTOP.
  EXPECT_TRUE(eventually(10s, [&] { return other.append(id, batch(id, 0, 3)) == append_outcome::committed; }));
  EXPECT_THROW(lock->commit(), store_unavailable) << "and when it goes on, it cannot commit";
  EXPECT_EQ(rows_of(other, id), 3);
  EXPECT_EQ(stopped.cursor_of(id), cursor_at(3)) << "but its ledger goes on";
}

TEST_F(mysql_ledger_faults, a_long_reading_is_not_cut_off_by_the_time_outs_of_idle_sessions) {
  mysql_ledger ledger(options());  // idle: 1 s
  const coupon_id id = make_coupon(ledger);
  for (sequence_number s = 0; s < 200'000; s += 10'000)
    ASSERT_EQ(ledger.append(id, batch(id, s, s + 10'000)), append_outcome::committed);
  sequence_number last = 0;
  ledger.each_admitted(id, [&](const issue_record& record) {
    if (record.sequence == 1000) std::this_thread::sleep_for(4s);  // longer than each of them
    EXPECT_EQ(record.sequence, ++last);
  });
  EXPECT_EQ(last, 200'000);
}

TEST_F(mysql_ledger_faults, a_connection_that_ended_while_it_rested_is_made_again_without_a_failure) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  end_connections_of_others();
  std::this_thread::sleep_for(1100ms);  // longer than a connection is trusted unseen
  EXPECT_EQ(ledger.cursor_of(id), cursor_at(0));
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::committed);
}

TEST_F(mysql_ledger_faults, a_batch_does_not_outlive_the_connection_over_which_its_cursor_was_read) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  ASSERT_EQ(ledger.cursor_of(id), cursor_at(0));
  end_connections_of_others();
  EXPECT_THROW(ledger.find_coupon(id), store_unavailable);
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::moved) << "read it again";
  EXPECT_EQ(ledger.cursor_of(id), cursor_at(0));
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::committed);
}

TEST_F(mysql_ledger_faults, a_deadlock_is_tried_again) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  sql::mysql_connection other(sql::parse_mysql_address(url_));
  other.execute("BEGIN");
  other.execute(
      "INSERT INTO coupon_issues_rejected (id, reason) SELECT seq, '' FROM seq_1_to_5000");  // the heavier one
  other.execute("SELECT * FROM coupons FOR UPDATE");
  std::jthread in_the_wrong_order([&] {
    EXPECT_TRUE(eventually([&] {
      return other.value(
                 "SELECT variable_value FROM information_schema.global_status"
                 " WHERE variable_name = 'INNODB_ROW_LOCK_CURRENT_WAITS'") == "1";
    }));
    other.execute("SELECT * FROM issue_cursors FOR UPDATE");
  });
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::busy) << "tried again, and found it held";
  in_the_wrong_order.join();
  other.execute("ROLLBACK");
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::committed);
}

TEST_F(mysql_ledger_faults, who_is_held_up_for_too_long_gives_up_with_nothing_done) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  sql::mysql_connection other(sql::parse_mysql_address(url_), {.idle = 60s});
  other.execute("BEGIN");
  other.execute("SELECT * FROM coupons FOR UPDATE");
  EXPECT_THROW(ledger.append(id, batch(id, 0, 3)), store_unavailable);
  other.execute("ROLLBACK");
  EXPECT_EQ(cursor_when_back(ledger, id), cursor_at(0));
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::committed);
}

/// What each of three calls in a row came to.
std::vector<std::string> three_calls(mysql_ledger& ledger, coupon_id id) {
  std::vector<std::string> came_to;
  for (int n = 0; n < 3; ++n) {
    try {
      (void)ledger.find_coupon(id);
      came_to.emplace_back("done");
    } catch (const runtime::deadline_passed&) {
      came_to.emplace_back("surely not done");
    } catch (const store_unavailable&) {
      came_to.emplace_back("unknown");
    }
  }
  return came_to;
}

TEST_F(mysql_ledger_faults, calls_in_a_row_share_one_deadline) {
  tcp_gate gate(server_.port());
  mysql_ledger_options through = options();
  through.at.port = gate.port();
  through.timeouts = {.connect = 20s, .reply = 20s, .idle = 60s, .lock = 20s};
  mysql_ledger ledger(through);
  const coupon_id id = make_coupon(ledger);
  gate.stall(tcp_gate::direction::to_client);
  const auto began = std::chrono::steady_clock::now();
  ledger.until(runtime::deadline::after(400ms));
  EXPECT_EQ(three_calls(ledger, id), (std::vector<std::string>{"unknown", "surely not done", "surely not done"}));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  gate.release();
  ledger.until(runtime::deadline::never());
  EXPECT_EQ(three_calls(ledger, id), (std::vector<std::string>{"done", "done", "done"})) << "over a new connection";
}

TEST_F(mysql_ledger_faults, a_lock_that_is_held_is_waited_for_until_the_ledgers_deadline) {
  mysql_ledger_options patient = options();
  patient.timeouts.reply = 30s;
  mysql_ledger ledger(patient);
  const coupon_id id = make_coupon(ledger);
  sql::mysql_connection other(sql::parse_mysql_address(url_), {.idle = 60s});
  other.execute("BEGIN");
  other.execute("SELECT * FROM issue_cursors FOR UPDATE");
  const auto began = std::chrono::steady_clock::now();
  ledger.until(runtime::deadline::after(300ms));
  const auto held = ledger.lock(id, runtime::deadline::after(25s));
  EXPECT_EQ(held.error(), errc::overloaded) << "surely not done";
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  other.execute("ROLLBACK");
  ledger.until(runtime::deadline::never());
  EXPECT_TRUE(ledger.lock(id, runtime::deadline::after(25s)));
}

TEST_F(mysql_ledger_faults, a_lock_ends_with_the_deadline_under_which_it_was_taken) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  const runtime::deadline until = runtime::deadline::after(500ms);
  ledger.until(until);
  {
    const auto lock = ledger.lock(id, until);
    ASSERT_TRUE(lock);
    ledger.until(runtime::deadline::never());
    while (!until.passed()) std::this_thread::yield();
    EXPECT_THROW((*lock)->commit(), runtime::deadline_passed);
  }
  EXPECT_TRUE(ledger.lock(id, runtime::deadline::after(5s))) << "it is free again";
}

TEST_F(mysql_ledger_faults, a_place_that_was_given_up_is_never_an_issue_again) {
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  append_batch with_letter = batch(id, 0, 3);
  with_letter.rows.erase(with_letter.rows.begin() + 1);
  with_letter.dead.push_back({0, id, 2, user_id{77}, noon, "refused"});
  ASSERT_EQ(ledger.append(id, with_letter), append_outcome::committed);
  ASSERT_EQ(ledger.give_up(id, 2, "the account is closed", noon), append_outcome::committed);
  const new_issue row{id, user_id{77}, 2, noon};  // as a repair would, that had read the books before
  EXPECT_EQ(ledger.lock(id, runtime::deadline::after(5s)).value()->append({&row, 1}, {}), append_outcome::conflict);
  EXPECT_EQ(rows_of(ledger, id), 3) << "two issues, and the place that is nobody's";
}

TEST_F(mysql_ledger_faults, a_server_that_may_only_be_read_is_unavailable_for_writing) {
  server_.execute("CREATE USER shop@'%' IDENTIFIED BY 'x'");
  server_.execute("GRANT ALL ON " + database() + ".* TO shop@'%'");
  mysql_ledger_options as_shop = options();
  as_shop.at = sql::parse_mysql_address(server_.url(database(), "shop", "x"));
  mysql_ledger ledger(as_shop);
  const coupon_id id = make_coupon(ledger);
  server_.execute("SET GLOBAL read_only = 1");
  EXPECT_THROW(ledger.append(id, batch(id, 0, 3)), store_unavailable);
  EXPECT_EQ(ledger.cursor_of(id), cursor_at(0)) << "reading goes on";
  server_.execute("SET GLOBAL read_only = 0");
  EXPECT_EQ(ledger.append(id, batch(id, 0, 3)), append_outcome::committed);
}

TEST_F(mysql_ledger_faults, a_full_tablespace_takes_the_batch_back_and_is_not_the_rows_fault) {
  mariadb_server small({"--innodb-file-per-table=0", "--innodb-data-file-path=ibdata1:3M:autoextend:max:16M"});
  url_ = make_ledger_database(small);
  mysql_ledger ledger(options());
  const coupon_id id = make_coupon(ledger);
  sequence_number committed = 0;
  EXPECT_THROW(
      {
        for (; committed < 1'000'000; committed += 10'000)
          ASSERT_EQ(ledger.append(id, batch(id, committed, committed + 10'000)), append_outcome::committed);
      },
      store_unavailable);
  EXPECT_EQ(cursor_when_back(ledger, id), cursor_at(committed));
  EXPECT_EQ(rows_of(ledger, id), committed);
  EXPECT_EQ(ledger.find_coupon(id).value().issued_quantity, committed);
}

// Durability

class mysql_durability : public ::testing::Test {
 protected:
  static mysql_ledger ledger_on(mariadb_server& server, ledger::ledger_durability durability) {
    mysql_ledger_options o = ledger_at(make_ledger_database(server));
    o.durability = durability;
    return mysql_ledger(o);
  }
  static void expect_refused(std::vector<std::string> arguments, const std::string& why) {
    mariadb_server server(std::move(arguments));
    mysql_ledger strict = ledger_on(server, ledger::ledger_durability::required);
    EXPECT_THAT([&] { strict.connect(); }, ThrowsMessage<std::runtime_error>(HasSubstr(why)));
    mysql_ledger told = ledger_on(server, ledger::ledger_durability::waived);
    EXPECT_NO_THROW(told.connect());
  }
};

TEST_F(mysql_durability, commits_that_are_not_synced_are_refused_unless_asked_for_by_name) {
  for (const char* weak : {"0", "2"})
    expect_refused({std::string("--innodb-flush-log-at-trx-commit=") + weak},
                   std::string("innodb_flush_log_at_trx_commit is ") + weak + ", and must be 1");
}

/// Also where durability is waived, and before the first table is made.
TEST_F(mysql_durability, a_binlog_of_statements_is_refused_because_nothing_could_be_written) {
  mariadb_server server({"--log-bin", "--sync-binlog=1"});
  mysql_ledger ledger = ledger_on(server, ledger::ledger_durability::waived);
  server.execute("SET GLOBAL binlog_format = 'STATEMENT'");
  const auto says_what_is_needed = HasSubstr("binlog_format is STATEMENT, and must be ROW");
  EXPECT_THAT([&] { ledger.connect(); }, ThrowsMessage<std::runtime_error>(says_what_is_needed));
  EXPECT_THAT([&] { make_ledger_database(server); }, ThrowsMessage<std::runtime_error>(says_what_is_needed));
  server.execute("SET GLOBAL binlog_format = 'MIXED'");
  EXPECT_NO_THROW(ledger.connect());
}

TEST_F(mysql_durability, a_binlog_that_is_not_synced_is_refused) {
  expect_refused({"--log-bin", "--sync-binlog=0"}, "sync_binlog is 0, and must be 1");
  mariadb_server synced({"--log-bin", "--sync-binlog=1"});
  mysql_ledger ledger = ledger_on(synced, ledger::ledger_durability::required);
  EXPECT_NO_THROW(ledger.connect());
}

}  // namespace
}  // namespace firstcome::testing
