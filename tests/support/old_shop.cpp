#include "support/old_shop.hpp"

#include "ledger/sqlite/ledger.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::testing {
namespace {

const actor kim{"kim", "operator"}, lee{"lee", "till"};

timestamp real_now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

coupon_draft draft_of(const std::string& title, std::optional<std::int32_t> total, restock_rule restock) {
  return {.title = title,
          .total_quantity = total,
          .discount_amount = 1000,
          .min_available_amount = 5000,
          .window = {real_now() - std::chrono::hours(1), real_now() + std::chrono::hours(24)},
          .restock = restock};
}

void issue(ledger::writer& writer, coupon_id coupon, int first, int last) {
  std::vector<ledger::new_issue> rows;
  for (int n = first; n <= last; ++n) {
    rows.push_back({coupon, user_id{n}, n, real_now()});
    if (rows.size() < 5000 && n < last) continue;
    writer.commit(rows);
    rows.clear();
  }
}

/// What a table has in both ledgers: `us` is how a date reads as microseconds, `number` how a number reads as text.
struct compared_table {
  const char* name;
  std::vector<const char*> columns;
  std::vector<const char*> dates;
  const char* order;
};

const std::vector<compared_table>& compared_tables() {
  static const std::vector<compared_table> all = {
      {"coupons",
       {"id", "title", "coupon_type", "total_quantity", "issued_quantity", "discount_amount", "min_available_amount",
        "paused", "config_version", "restock", "returned_quantity", "gone_quantity"},
       {"date_issue_start", "date_issue_end", "date_created", "date_updated"},
       "id"},
      {"coupon_issues",
       {"coupon_id", "user_id", "sequence", "order_id", "return_reason"},
       {"date_issued", "date_used", "date_created", "date_updated", "date_returned"},
       "coupon_id, sequence"},
      {"operator_actions",
       {"id", "coupon_id", "actor", "role", "action", "before_json", "after_json"},
       {"date_created"},
       "id"},
      {"idempotency_keys", {"idempotency_key", "fingerprint", "coupon_id"}, {"date_created"}, "idempotency_key"},
  };
  return all;
}

}  // namespace

old_shop make_old_shop(const std::filesystem::path& folder, int crowd) {
  ledger::sqlite_ledger store({.folder = folder});
  ledger::writer& writer = store.single_writer();
  old_shop shop;
  const idempotency_key key{old_shop_key, "of the pool"};
  shop.pool = writer.create(draft_of("하나 \"'\\", 5, restock_rule::pool), real_now(), kim, key).value().id;
  shop.plain = writer.create(draft_of("plain", std::nullopt, restock_rule::none), real_now(), kim).value().id;
  coupon third = writer.create(draft_of("third", 7, restock_rule::none), real_now()).value();
  issue(writer, shop.pool, 1, 5);
  issue(writer, shop.plain, 1, crowd);
  issue(writer, third.id, 1, 2);
  shop.issues = 5 + crowd + 2;
  const auto step = [&](coupon_id coupon, int user, const issue_step& what) {
    writer.take_step(coupon, user_id{user}, what, real_now(), std::holds_alternative<return_step>(what) ? kim : lee)
        .value();
  };
  step(shop.pool, 1, use_step{5000, "A-1"});
  step(shop.pool, 2, return_step{"취소 'x'"});
  step(shop.plain, 3, use_step{5000, "A-3"});
  step(shop.plain, 3, undo_use_step{"A-3"});
  step(shop.plain, 4, return_step{"the payment failed"});
  third.paused = true;
  third.config_version = 2;
  shop.paused = writer.store(third, real_now(), kim).value().id;
  store.close_whole();
  return shop;
}

std::vector<std::string> rows_in_folder(const std::filesystem::path& folder) {
  sql::connection db((folder / "firstcome.db").string(), sql::open_mode::read_only);
  std::vector<std::string> rows;
  for (const compared_table& table : compared_tables()) {
    std::string query = std::string("SELECT '") + table.name + "'";
    for (const char* column : table.columns) query += std::string(" || '|' || coalesce(") + column + ", 'NULL')";
    for (const char* date : table.dates) query += std::string(" || '|' || coalesce(") + date + ", 'NULL')";
    sql::statement row(db.handle(), query + " FROM " + table.name + " ORDER BY " + table.order);
    while (row.step()) rows.push_back(row.text(0));
  }
  return rows;
}

std::vector<std::string> rows_in_database(mariadb_server& server, const std::string& database) {
  std::vector<std::string> rows;
  for (const compared_table& table : compared_tables()) {
    std::string query = std::string("SELECT CONCAT('") + table.name + "'";
    for (const char* column : table.columns) query += std::string(", '|', COALESCE(") + column + ", 'NULL')";
    for (const char* date : table.dates)
      query += std::string(", '|', COALESCE(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ") + date + "), 'NULL')";
    for (const auto& row : server.rows(query + ") FROM " + table.name + " ORDER BY " + table.order, database))
      rows.push_back(row.at(0));
  }
  return rows;
}

}  // namespace firstcome::testing
