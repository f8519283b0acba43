#include "ledger/mysql/schema.hpp"

#include <array>
#include <stdexcept>

namespace firstcome::ledger::mysql_schema {
namespace {

constexpr std::array schema_columns = {
    column{"version", "INT NOT NULL"},
    column{"date_migrated", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
};
constexpr std::array schema_keys = {key{"PRIMARY", "PRIMARY KEY (version)"}};

constexpr std::array step_columns = {
    column{"step", "VARCHAR(64) NOT NULL"},
    column{"position", "BIGINT NOT NULL"},
    column{"detail", "VARCHAR(255) NOT NULL"},
};
constexpr std::array step_keys = {key{"PRIMARY", "PRIMARY KEY (step)"}};

constexpr std::array coupon_columns = {
    column{"id", "BIGINT NOT NULL AUTO_INCREMENT"},
    column{"title", "VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL"},
    column{"coupon_type", "VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL"},
    column{"total_quantity", "INT NULL"},
    column{"issued_quantity", "INT NOT NULL"},
    column{"discount_amount", "INT NOT NULL"},
    column{"min_available_amount", "INT NOT NULL"},
    column{"date_issue_start", "DATETIME(6) NOT NULL"},
    column{"date_issue_end", "DATETIME(6) NOT NULL"},
    column{"paused", "BOOLEAN NOT NULL DEFAULT FALSE"},
    column{"epoch", "BIGINT NOT NULL DEFAULT 0"},
    column{"config_version", "BIGINT NOT NULL DEFAULT 1"},
    column{"date_created", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    column{"date_updated", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    column{"restock", "VARCHAR(16) CHARACTER SET ascii NOT NULL DEFAULT 'none'"},
    column{"returned_quantity", "INT NOT NULL DEFAULT 0"},
    column{"gone_quantity", "INT NOT NULL DEFAULT 0"},
};
constexpr std::array coupon_keys = {
    key{"PRIMARY", "PRIMARY KEY (id)"},
    key{"coupons_by_end", "KEY coupons_by_end (date_issue_end)"},
    // A second line: the statement that raises issued_quantity guards itself.
    key{"coupons_live_within_total",
        "CONSTRAINT coupons_live_within_total CHECK (issued_quantity >= 0 AND returned_quantity >= 0 AND gone_quantity"
        " >= 0 AND (total_quantity IS NULL OR issued_quantity + gone_quantity <= total_quantity))"},
};

constexpr std::array issue_columns = {
    column{"id", "BIGINT NOT NULL AUTO_INCREMENT"},
    column{"coupon_id", "BIGINT NOT NULL"},
    column{"user_id", "BIGINT NOT NULL"},
    column{"sequence", "INT NOT NULL"},
    column{"date_issued", "DATETIME(6) NOT NULL"},
    column{"date_used", "DATETIME(6) NULL"},
    column{"date_created", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    column{"date_updated", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    column{"order_id", "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL"},
    column{"date_returned", "DATETIME(6) NULL"},
    column{"return_reason", "VARCHAR(200) CHARACTER SET utf8mb4 NULL"},
};
constexpr std::array issue_keys = {
    key{"PRIMARY", "PRIMARY KEY (id)"},
    key{"coupon_issues_by_user", "UNIQUE KEY coupon_issues_by_user (user_id, coupon_id)"},
    key{"coupon_issues_by_sequence", "UNIQUE KEY coupon_issues_by_sequence (coupon_id, sequence)"},
};

constexpr std::array cursor_columns = {
    column{"coupon_id", "BIGINT NOT NULL"},   column{"epoch", "BIGINT NOT NULL"},
    column{"run_id", "VARCHAR(64) NOT NULL"}, column{"last_id", "VARCHAR(64) NOT NULL"},
    column{"last_sequence", "INT NOT NULL"},
};
constexpr std::array cursor_keys = {key{"PRIMARY", "PRIMARY KEY (coupon_id)"}};

constexpr std::array dead_letter_columns = {
    column{"id", "BIGINT NOT NULL AUTO_INCREMENT"},
    column{"coupon_id", "BIGINT NOT NULL"},
    column{"sequence", "INT NOT NULL"},
    column{"user_id", "BIGINT NULL"},
    column{"date_admitted", "DATETIME(6) NOT NULL"},
    column{"reason", "VARCHAR(1000) NOT NULL"},
    column{"date_created", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
    column{"date_replayed", "DATETIME(6) NULL"},
};
constexpr std::array dead_letter_keys = {
    key{"PRIMARY", "PRIMARY KEY (id)"},
    key{"issue_dead_letters_by_sequence", "UNIQUE KEY issue_dead_letters_by_sequence (coupon_id, sequence)"},
    key{"issue_dead_letters_by_user", "UNIQUE KEY issue_dead_letters_by_user (coupon_id, user_id)"},
};

// Rows as they were before an upgrade took them out; nobody may refuse them.
constexpr std::array rejected_columns = {
    column{"id", "BIGINT NOT NULL"},
    column{"coupon_id", "BIGINT NULL"},
    column{"user_id", "BIGINT NULL"},
    column{"date_issued", "DATETIME(6) NULL"},
    column{"date_used", "DATETIME(6) NULL"},
    column{"date_created", "DATETIME(6) NULL"},
    column{"date_updated", "DATETIME(6) NULL"},
    column{"reason", "VARCHAR(255) NOT NULL"},
    column{"date_rejected", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
};
constexpr std::array rejected_keys = {key{"PRIMARY", "PRIMARY KEY (id)"}};

constexpr std::array action_columns = {
    column{"id", "BIGINT NOT NULL AUTO_INCREMENT"},
    column{"coupon_id", "BIGINT NULL"},
    column{"actor", "VARCHAR(255) NOT NULL"},
    column{"role", "VARCHAR(32) NOT NULL"},
    column{"action", "VARCHAR(64) NOT NULL"},
    column{"before_json", "TEXT NULL"},
    column{"after_json", "TEXT NULL"},
    column{"date_created", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
};
constexpr std::array action_keys = {key{"PRIMARY", "PRIMARY KEY (id)"}};

constexpr std::array idempotency_columns = {
    column{"idempotency_key", "VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL"},
    column{"fingerprint", "VARCHAR(64) CHARACTER SET ascii NOT NULL"},
    column{"coupon_id", "BIGINT NOT NULL"},
    column{"date_created", "DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"},
};
constexpr std::array idempotency_table_keys = {
    key{"PRIMARY", "PRIMARY KEY (idempotency_key)"},
    key{"idempotency_keys_by_date", "KEY idempotency_keys_by_date (date_created)"},
};

constexpr table all_tables[] = {
    {"firstcome_schema", schema_columns, schema_keys},
    {"firstcome_schema_steps", step_columns, step_keys},
    {"coupons", coupon_columns, coupon_keys},
    {"coupon_issues", issue_columns, issue_keys},
    {"issue_cursors", cursor_columns, cursor_keys},
    {"issue_dead_letters", dead_letter_columns, dead_letter_keys},
    {"coupon_issues_rejected", rejected_columns, rejected_keys},
    {"operator_actions", action_columns, action_keys},
    {"idempotency_keys", idempotency_columns, idempotency_table_keys},
};

[[noreturn]] void refuse(const std::string& why) {
  throw std::runtime_error("the database's schema is not the one that this firstcome knows: " + why);
}

/// From the statement that would make the table: no view of information_schema, whose temporary tables cost the server
/// more than all else at a connection's start.
bool has_unique_key(std::string_view create_table, std::string_view columns) {
  for (std::size_t at = create_table.find("UNIQUE KEY"); at != std::string_view::npos;
       at = create_table.find("UNIQUE KEY", at + 1)) {
    std::string key(create_table.substr(at, create_table.find('\n', at) - at));
    std::erase(key, '`');
    if (key.find(columns) != std::string::npos) return true;
  }
  return false;
}

void check_unique_keys(sql::mysql_connection& db) {
  sql::mysql_rows made = db.query("SHOW CREATE TABLE coupon_issues");
  if (made.next() && has_unique_key(made.text(1), "(user_id,coupon_id)") &&
      has_unique_key(made.text(1), "(coupon_id,sequence)"))
    return;
  refuse(
      "coupon_issues lacks UNIQUE (user_id, coupon_id) or UNIQUE (coupon_id, sequence), which somebody must have"
      " dropped; put them back");
}

}  // namespace

std::span<const table> tables() {
  return all_tables;
}

const table& coupons() {
  return all_tables[2];
}

const table& coupon_issues() {
  return all_tables[3];
}

std::string create_of(const table& t) {
  std::string sql = std::string("CREATE TABLE IF NOT EXISTS ") + t.name + " (";
  for (const column& c : t.columns) sql += std::string("\n  ") + c.name + " " + c.definition + ",";
  for (const key& k : t.keys) sql += std::string("\n  ") + k.definition + ",";
  sql.back() = '\n';
  return sql + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
}

bool has_table(sql::mysql_connection& db, const std::string& name) {
  return db
      .value("SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = " +
             db.quoted(name))
      .has_value();
}

found_columns columns_of(sql::mysql_connection& db, const std::string& table_name) {
  sql::mysql_rows row = db.query(
      "SELECT LOWER(column_name), LOWER(data_type), is_nullable = 'NO' AND column_default IS NULL AND extra NOT LIKE"
      " '%auto_increment%' AND extra NOT LIKE '%GENERATED%' FROM information_schema.columns WHERE table_schema ="
      " DATABASE() AND table_name = " +
      db.quoted(table_name));
  found_columns columns;
  while (row.next()) columns[std::string(row.text(0))] = {std::string(row.text(1)), row.integer(2) != 0};
  return columns;
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
