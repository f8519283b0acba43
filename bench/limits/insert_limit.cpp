// What a MariaDB or MySQL server takes in a bare loop: multi-row inserts of one batch each, committed one by one, into
// a table as coupon_issues. The worker is compared with it (docs/benchmark.md).
//
//   insert_limit mysql://root@127.0.0.1:3306/scratch --batch 100 --seconds 5 --how text
//
// Makes and drops the table `insert_limit` in that database. --how text: one text, autocommit. prepared: one statement
// with 4 parameters a row, prepared once. ledger: what a worker's append does, cursor and count included.

#include <mysql.h>
#include <chrono>
#include <cstring>
#include <iostream>

#include "cli/arguments.hpp"
#include "ledger/mysql/ledger.hpp"
#include "ledger/mysql/rows.hpp"
#include "ledger/mysql/schema.hpp"

namespace {

using namespace firstcome;
using clock_type = std::chrono::steady_clock;

constexpr const char* insert_head = "INSERT INTO insert_limit (coupon_id, user_id, sequence, date_issued) VALUES ";

struct options {
  std::string url;
  int batch = 100;
  int seconds = 5;
  std::string how = "text";
};

timestamp now() {
  return to_whole_milliseconds(
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()));
}

void make_table(sql::mysql_connection& db) {
  ledger::mysql_schema::table t = ledger::mysql_schema::coupon_issues();
  t.name = "insert_limit";
  db.execute("DROP TABLE IF EXISTS insert_limit");
  db.execute(ledger::mysql_schema::create_of(t));
}

/// Scattered users: each id once, in no order, as a crowd comes.
std::int64_t scattered(std::int64_t n) {
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(n) * 0x9e3779b97f4a7c15U) >> 2) + 1;
}

template <class Insert>
void measure(const options& o, Insert insert) {
  const auto start = clock_type::now();
  const auto end = start + std::chrono::seconds(o.seconds);
  sequence_number last = 0;
  for (; clock_type::now() < end; last += o.batch) insert(last);
  const double took_s = std::chrono::duration<double>(clock_type::now() - start).count();
  std::cout << o.how << ", batches of " << o.batch << ": " << static_cast<std::int64_t>(last / took_s) << " rows/s\n";
}

void by_text(const options& o, sql::mysql_connection& db) {
  measure(o, [&](sequence_number last) {
    std::string sql = insert_head;
    const std::string date = ledger::literal(now());
    for (sequence_number s = last + 1; s <= last + o.batch; ++s)
      sql += "(1," + std::to_string(scattered(s)) + "," + std::to_string(s) + "," + date + "),";
    sql.pop_back();
    db.execute(sql);
  });
}

/// Straight over the library: nothing else in firstcome prepares.
void by_prepared(const options& o) {
  const sql::mysql_address at = sql::parse_mysql_address(o.url);
  MYSQL* db = mysql_init(nullptr);
  const std::string password(at.password.reveal());
  if (mysql_real_connect(db, at.host.c_str(), at.user.c_str(), password.c_str(), at.database.c_str(), at.port, nullptr,
                         0) == nullptr)
    throw std::runtime_error(::mysql_error(db));
  std::string sql = insert_head;
  for (int i = 0; i < o.batch; ++i) sql += i == 0 ? "(?,?,?,?)" : ",(?,?,?,?)";
  MYSQL_STMT* statement = mysql_stmt_init(db);
  if (mysql_stmt_prepare(statement, sql.data(), sql.size()) != 0) throw std::runtime_error(mysql_stmt_error(statement));
  struct row {
    std::int64_t coupon = 1, user = 0, sequence = 0;
    MYSQL_TIME date{};
  };
  std::vector<row> rows(o.batch);
  std::vector<MYSQL_BIND> binds(4 * rows.size());
  std::memset(binds.data(), 0, binds.size() * sizeof(MYSQL_BIND));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::int64_t* numbers[] = {&rows[i].coupon, &rows[i].user, &rows[i].sequence};
    for (int k = 0; k < 3; ++k) {
      binds[4 * i + k].buffer_type = MYSQL_TYPE_LONGLONG;
      binds[4 * i + k].buffer = numbers[k];
    }
    rows[i].date = {2026, 1, 2, 3, 4, 5, 678'000, 0, MYSQL_TIMESTAMP_DATETIME};
    binds[4 * i + 3].buffer_type = MYSQL_TYPE_DATETIME;
    binds[4 * i + 3].buffer = &rows[i].date;
  }
  mysql_stmt_bind_param(statement, binds.data());
  measure(o, [&](sequence_number last) {
    for (int i = 0; i < o.batch; ++i) {
      rows[i].sequence = last + 1 + i;
      rows[i].user = scattered(rows[i].sequence);
    }
    if (mysql_stmt_execute(statement) != 0) throw std::runtime_error(mysql_stmt_error(statement));
  });
  mysql_stmt_close(statement);
  mysql_close(db);
}

/// In a database that `firstcome migrate` has made.
void by_ledger(const options& o) {
  ledger::mysql_ledger shared({.at = sql::parse_mysql_address(o.url)});
  const coupon_draft draft{.title = "insert_limit", .window = {now(), now() + std::chrono::hours(1)}};
  const coupon_id id = shared.create(draft, now()).value().id;
  measure(o, [&](sequence_number last) {
    const auto at = [](sequence_number s) {
      return ledger::queue_cursor{0, "", s == 0 ? queue::queue_start : "1-" + std::to_string(s), s};
    };
    ledger::append_batch batch{at(last), at(last + o.batch), {}, {}};
    const timestamp admitted_at = now();
    for (sequence_number s = last + 1; s <= last + o.batch; ++s)
      batch.rows.push_back({id, user_id{scattered(s)}, s, admitted_at});
    if (shared.append(id, batch) != ledger::append_outcome::committed) throw std::runtime_error("not committed");
  });
}

void run(const options& o) {
  if (o.how == "ledger") return by_ledger(o);
  sql::mysql_connection db(sql::parse_mysql_address(o.url));
  make_table(db);
  o.how == "prepared" ? by_prepared(o) : by_text(o, db);
  db.execute("DROP TABLE insert_limit");
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  const firstcome::cli::arguments line("insert_limit", "bare multi-row inserts into MariaDB or MySQL");
  const firstcome::cli::command flags = line.flags();
  flags.add_option("url", o.url, "mysql://user:password@host:port/database").required();
  flags.add_option("--batch", o.batch, "rows a statement");
  flags.add_option("--seconds", o.seconds, "how long");
  flags.add_option("--how", o.how, "text, prepared or ledger").one_of({"text", "prepared", "ledger"});
  if (const auto done = line.read(argc, argv)) return *done;
  try {
    run(o);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "insert_limit: " << e.what() << "\n";
    return 1;
  }
}
