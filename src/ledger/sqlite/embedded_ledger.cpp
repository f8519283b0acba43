#include "ledger/sqlite/embedded_ledger.hpp"

#include <openssl/sha.h>

#include <array>
#include <filesystem>
#include <stdexcept>

#include "ledger/sqlite/operator_trail.hpp"
#include "ledger/sqlite/rows.hpp"
#include "ledger/sqlite/schema.hpp"

namespace firstcome::ledger {
namespace {

std::string file_in(const data_folder& held) {
  const std::filesystem::path file = held.path() / sqlite_schema::file_name;
  if (!std::filesystem::exists(file))
    throw std::runtime_error("there is no ledger at " + file.string() + ": give the node's folder with --data-dir");
  return file.string();
}

/// Sums stay within 64 bits: a file has fewer than 2^32 rows.
constexpr const char* issues_in_short =
    "SELECT count(*), coalesce(max(id), 0), coalesce(sum(user_id % 1000000007), 0), count(date_used),"
    " coalesce(sum(date_issued % 1000000007), 0), coalesce(sum(date_used % 1000000007), 0), count(date_returned),"
    " coalesce(sum(date_returned % 1000000007), 0), coalesce(sum(length(order_id)), 0),"
    " coalesce(sum(length(return_reason)), 0) FROM coupon_issues";
constexpr int issues_in_short_columns = 10;
constexpr const char* actions_in_short = "SELECT count(*), coalesce(max(id), 0) FROM operator_actions";
constexpr const char* keys_in_short =
    "SELECT count(*), coalesce(sum(date_created % 1000000007), 0) FROM idempotency_keys";

void append_numbers(std::string& text, sql::connection& db, const char* query, int columns) {
  sql::statement row(db.handle(), query);
  row.step();
  for (int column = 0; column < columns; ++column) text += std::to_string(row.integer(column)) + ' ';
}

std::string hex(const std::array<unsigned char, SHA256_DIGEST_LENGTH>& digest) {
  std::string text;
  for (const unsigned char byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace

embedded_ledger::embedded_ledger(const data_folder& held) : db_(file_in(held), sql::open_mode::read_only) {
  sqlite_schema::check(db_, file_in(held));
}

std::string embedded_ledger::fingerprint() {
  std::string text;
  for (const coupon& c : coupons())
    text += std::to_string(raw(c.id)) + ' ' + c.title + ' ' + std::to_string(c.config_version) + ' ' +
            std::to_string(c.sequences()) + ' ' + std::to_string(to_microseconds(c.date_created)) + ' ' +
            std::to_string(to_microseconds(c.date_updated)) + '\n';
  append_numbers(text, db_, issues_in_short, issues_in_short_columns);
  append_numbers(text, db_, actions_in_short, 2);
  append_numbers(text, db_, keys_in_short, 2);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return hex(digest);
}

std::int64_t embedded_ledger::issues() {
  return db_.integer("SELECT count(*) FROM coupon_issues");
}

std::int64_t embedded_ledger::actions() {
  return db_.integer("SELECT count(*) FROM operator_actions");
}

std::vector<coupon> embedded_ledger::coupons() {
  std::vector<coupon> all;
  sql::statement query(db_.handle(), std::string("SELECT ") + coupon_columns + " FROM coupons ORDER BY id");
  while (query.step()) all.push_back(coupon_from(query));
  return all;
}

std::vector<carried_key> embedded_ledger::keys() {
  std::vector<carried_key> all;
  sql::statement query(db_.handle(),
                       "SELECT idempotency_key, fingerprint, coupon_id, date_created FROM idempotency_keys");
  while (query.step())
    all.push_back({query.text(0), query.text(1), coupon_id{query.integer(2)}, from_microseconds(query.integer(3))});
  return all;
}

void embedded_ledger::each_issue(std::int64_t after, const std::function<void(const carried_issue&)>& take) {
  sql::statement query(db_.handle(), std::string("SELECT ") + issue_columns +
                                         ", order_id, return_reason FROM coupon_issues WHERE id > ?1 ORDER BY id");
  query.bind(1, after);
  sql::reset_at_end at_end(query);
  while (query.step()) {
    carried_issue row{query.integer(0), {issue_from(query), {}}, {}};
    if (!query.is_null(5)) row.issue.order_id = query.text(5);
    if (!query.is_null(6)) row.return_reason = query.text(6);
    take(row);
  }
}

void embedded_ledger::each_action(std::int64_t after, const std::function<void(const operator_action&)>& take) {
  sql::statement query(db_.handle(),
                       "SELECT id, coupon_id, actor, role, action, before_json, after_json, date_created"
                       " FROM operator_actions WHERE id > ?1 ORDER BY id");
  query.bind(1, after);
  sql::reset_at_end at_end(query);
  while (query.step()) take(action_from(query));
}

}  // namespace firstcome::ledger
