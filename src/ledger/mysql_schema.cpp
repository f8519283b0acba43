#include "ledger/mysql_schema.hpp"

#include <array>
#include <stdexcept>

namespace firstcome::ledger::mysql_schema {
namespace {

constexpr std::array bookkeeping_tables = {
    table{"firstcome_schema", R"(CREATE TABLE IF NOT EXISTS firstcome_schema (
  version INT NOT NULL PRIMARY KEY,
  date_migrated DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)"},
    table{"firstcome_schema_steps", R"(CREATE TABLE IF NOT EXISTS firstcome_schema_steps (
  step VARCHAR(64) NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  detail VARCHAR(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)"},
};

// The checks are a second line: the statements that change these numbers are guarded by themselves.
constexpr std::array ledger_tables = {
    table{"coupons", R"(CREATE TABLE IF NOT EXISTS coupons (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  title VARCHAR(255) NOT NULL,
  coupon_type VARCHAR(255) NOT NULL,
  total_quantity INT NULL,
  issued_quantity INT NOT NULL,
  discount_amount INT NOT NULL,
  min_available_amount INT NOT NULL,
  date_issue_start DATETIME(6) NOT NULL,
  date_issue_end DATETIME(6) NOT NULL,
  paused BOOLEAN NOT NULL DEFAULT FALSE,
  epoch BIGINT NOT NULL DEFAULT 0,
  config_version BIGINT NOT NULL DEFAULT 1,
  date_created DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  date_updated DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  KEY coupons_by_end (date_issue_end),
  CONSTRAINT coupons_within_total CHECK (issued_quantity >= 0 AND (total_quantity IS NULL OR issued_quantity <= total_quantity))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)"},
    table{"coupon_issues", R"(CREATE TABLE IF NOT EXISTS coupon_issues (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  coupon_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  sequence INT NOT NULL,
  date_issued DATETIME(6) NOT NULL,
  date_used DATETIME(6) NULL,
  date_created DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  date_updated DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  UNIQUE KEY coupon_issues_by_user (user_id, coupon_id),
  UNIQUE KEY coupon_issues_by_sequence (coupon_id, sequence)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)"},
    table{"issue_cursors", R"(CREATE TABLE IF NOT EXISTS issue_cursors (
  coupon_id BIGINT NOT NULL PRIMARY KEY,
  epoch BIGINT NOT NULL,
  run_id VARCHAR(64) NOT NULL,
  last_id VARCHAR(64) NOT NULL,
  last_sequence INT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)"},
    table{"issue_dead_letters", R"(CREATE TABLE IF NOT EXISTS issue_dead_letters (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  coupon_id BIGINT NOT NULL,
  sequence INT NOT NULL,
  user_id BIGINT NULL,
  date_admitted DATETIME(6) NOT NULL,
  reason VARCHAR(1000) NOT NULL,
  date_created DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  date_replayed DATETIME(6) NULL,
  UNIQUE KEY issue_dead_letters_by_sequence (coupon_id, sequence),
  UNIQUE KEY issue_dead_letters_by_user (coupon_id, user_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)"},
    table{"coupon_issues_rejected", R"(CREATE TABLE IF NOT EXISTS coupon_issues_rejected (
  id BIGINT NOT NULL PRIMARY KEY,
  coupon_id BIGINT NULL,
  user_id BIGINT NULL,
  date_issued DATETIME(6) NULL,
  date_used DATETIME(6) NULL,
  date_created DATETIME(6) NULL,
  date_updated DATETIME(6) NULL,
  reason VARCHAR(255) NOT NULL,
  date_rejected DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4)"},
};

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error("the database's schema is not the one that this firstcome knows: " + why);
}

bool has_table(sql::mysql_connection& db, const std::string& name) {
  return db
      .value("SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = " +
             db.quoted(name))
      .has_value();
}

void check_unique_keys(sql::mysql_connection& db) {
  constexpr const char* keys =
      "SELECT COUNT(*) FROM (SELECT index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns_"
      " FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'coupon_issues'"
      " AND non_unique = 0 GROUP BY index_name) AS k"
      " WHERE columns_ IN ('user_id,coupon_id', 'coupon_id,sequence')";
  if (db.value(keys) != "2")
    refuse(
        "coupon_issues lacks UNIQUE (user_id, coupon_id) or UNIQUE (coupon_id, sequence), which somebody must have"
        " dropped; put them back");
}

}  // namespace

std::span<const table> tables() {
  return ledger_tables;
}

std::span<const table> bookkeeping() {
  return bookkeeping_tables;
}

int version_of(sql::mysql_connection& db) {
  if (!has_table(db, "firstcome_schema")) return 0;
  return std::stoi(db.value("SELECT COALESCE(MAX(version), 0) FROM firstcome_schema").value_or("0"));
}

void check(sql::mysql_connection& db) {
  const int found = version_of(db);
  const std::string migrate = "run: firstcome migrate --database … (the same as here)";
  if (found == 0) refuse("it was not made or upgraded yet, or not to the end; " + migrate);
  if (found < version)
    refuse("it has version " + std::to_string(found) + ", and version " + std::to_string(version) + " is needed; " +
           migrate);
  if (found > version)
    refuse("it has version " + std::to_string(found) + ", made by a newer firstcome, and this one knows version " +
           std::to_string(version) + "; use the newer firstcome");
  check_unique_keys(db);
}

}  // namespace firstcome::ledger::mysql_schema
