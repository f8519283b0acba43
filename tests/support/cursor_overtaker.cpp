#include "support/cursor_overtaker.hpp"

#include <optional>

#include "sql/mysql.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

/// Long enough for those that it meets to get through now and then.
constexpr auto between_commits = 2ms;

}  // namespace

cursor_overtaker::cursor_overtaker(mariadb_server& node, const std::string& database) : url_(node.url(database)) {
  node.execute("ALTER TABLE issue_cursors ADD COLUMN overtaken BIGINT NOT NULL DEFAULT 0", database);
  thread_ = std::thread([this] { run(); });
}

cursor_overtaker::~cursor_overtaker() {
  stop_ = true;
  thread_.join();
}

/// What fails is tried again: it is overtaken as well.
void cursor_overtaker::run() {
  std::optional<sql::mysql_connection> db;
  while (!stop_) {
    try {
      if (!db) db.emplace(sql::parse_mysql_address(url_));
      db->execute("UPDATE issue_cursors SET overtaken = overtaken + 1");
      ++commits_;
    } catch (const sql::mysql_error& e) {
      if (e.failure() != sql::mysql_failure::deadlock) db.reset();
    } catch (const sql::mysql_connect_error&) {
      db.reset();
    }
    std::this_thread::sleep_for(between_commits);
  }
}

}  // namespace firstcome::testing
