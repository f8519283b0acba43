// A deadline of a connection, with a real MariaDB that falls silent.

#include <gtest/gtest.h>

#include <functional>

#include "sql/mysql.hpp"
#include "support/certificates.hpp"
#include "support/mariadb_server.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::sql {
namespace {

using namespace std::chrono_literals;
using firstcome::testing::shared_mariadb;
using firstcome::testing::tcp_gate;
using runtime::deadline;
using runtime::deadline_passed;
using direction = tcp_gate::direction;

/// Far longer than any deadline here, and than a test may take.
constexpr mysql_timeouts long_timeouts{.connect = 60s, .reply = 60s, .idle = 60s, .lock = 60s};
constexpr std::chrono::seconds far_sooner = 30s;

mysql_failure failure_of(const std::function<void()>& statement) {
  try {
    statement();
  } catch (const mysql_error& e) {
    return e.failure();
  }
  return mysql_failure::other;
}

class a_mysql_connections_deadline : public ::testing::Test {
 protected:
  mysql_address through_the_gate() const {
    mysql_address to = parse_mysql_address(shared_mariadb().url(database_));
    to.port = gate_.port();
    to.tls = tls_mode::off;
    return to;
  }

  const std::string database_ = shared_mariadb().make_database();
  tcp_gate gate_{shared_mariadb().port()};
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration took() const { return std::chrono::steady_clock::now() - began_; }
};

TEST_F(a_mysql_connections_deadline, ends_a_statement_that_is_not_answered) {
  mysql_connection db(through_the_gate(), long_timeouts);
  gate_.stall(direction::to_client);
  db.until(deadline::after(300ms));
  EXPECT_EQ(failure_of([&] { db.execute("DO 1"); }), mysql_failure::connection_lost) << "unknown";
  EXPECT_LT(took(), far_sooner);
}

TEST_F(a_mysql_connections_deadline, ends_a_statement_over_tls_too) {
  const testing::certificates made("127.0.0.1");
  testing::mariadb_server server({"--ssl-cert=" + made.cert(), "--ssl-key=" + made.key()});
  tcp_gate gate(server.port());
  mysql_address to = parse_mysql_address(server.url("mysql") + "?tls=require");
  to.port = gate.port();
  mysql_connection db(to, long_timeouts);
  ASSERT_TRUE(db.encrypted());
  db.until(deadline::after(1h));
  EXPECT_EQ(db.value("SELECT 7"), "7");
  gate.stall(direction::to_client);
  db.until(deadline::after(300ms));
  EXPECT_EQ(failure_of([&] { db.execute("DO 1"); }), mysql_failure::connection_lost);
  EXPECT_LT(took(), far_sooner);
}

TEST_F(a_mysql_connections_deadline, that_has_passed_keeps_a_statement_from_being_sent) {
  mysql_connection db(through_the_gate(), long_timeouts);
  db.until(deadline::after(0ms));
  const std::uint64_t sent = gate_.passed(direction::to_server);
  EXPECT_THROW(db.execute("CREATE TABLE made (id INT)"), deadline_passed);
  EXPECT_EQ(gate_.passed(direction::to_server), sent);
  db.until(deadline::never());
  EXPECT_EQ(db.value("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '" + database_ + "'"), "0");
}

TEST_F(a_mysql_connections_deadline, ends_the_rows_of_a_stream_that_stops) {
  mysql_connection db(through_the_gate(), long_timeouts);
  gate_.delay(direction::to_client, 20ms);  // or all of them would have arrived before they are held back
  db.until(deadline::after(1s));
  mysql_rows rows = db.stream("SELECT REPEAT('x', 1000) FROM seq_1_to_1000000");
  ASSERT_TRUE(rows.next());
  gate_.stall(direction::to_client);
  EXPECT_EQ(failure_of([&] {
              while (rows.next()) continue;
            }),
            mysql_failure::connection_lost);
  EXPECT_LT(took(), far_sooner);
}

TEST_F(a_mysql_connections_deadline, ends_a_stream_of_a_server_that_goes_on_and_on) {
  mysql_connection db(through_the_gate(), long_timeouts);
  db.until(deadline::after(300ms));
  mysql_rows rows = db.stream("SELECT REPEAT('x', 1000) FROM seq_1_to_100000000");
  EXPECT_EQ(failure_of([&] {
              while (rows.next()) continue;
            }),
            mysql_failure::connection_lost);
  EXPECT_LT(took(), far_sooner);
}

TEST_F(a_mysql_connections_deadline, ends_a_connection_that_is_not_welcomed) {
  gate_.stall(direction::to_client);
  EXPECT_THROW(mysql_connection(through_the_gate(), long_timeouts, deadline::after(300ms)), mysql_connect_error);
  EXPECT_LT(took(), far_sooner);
}

TEST_F(a_mysql_connections_deadline, that_has_passed_keeps_it_from_connecting) {
  EXPECT_THROW(mysql_connection(through_the_gate(), long_timeouts, deadline::after(0ms)), deadline_passed);
  EXPECT_EQ(gate_.connections(), 0U);
}

TEST_F(a_mysql_connections_deadline, is_of_no_meaning_to_what_is_asked_once_it_is_lifted) {
  mysql_connection db(through_the_gate(), long_timeouts);
  db.until(deadline::after(2s));
  db.execute("DO 1");
  db.until(deadline::never());
  EXPECT_EQ(db.value("SELECT SLEEP(2.2)"), "0") << "longer than was left of it then";
}

}  // namespace
}  // namespace firstcome::sql
