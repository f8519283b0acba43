#pragma once

// Rows of idempotency_keys in MySQL and MariaDB: which coupon was made with which key. Of two who come with the same
// key at the same instant, at two nodes, the table's own key lets one in; the other hears duplicate_key, takes back
// what it did and finds the first one's.
// Thread safety: the functions share nothing.

#include <optional>

#include "domain/idempotency.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "sql/mysql.hpp"

namespace firstcome::ledger {

struct kept_key {
  std::string fingerprint;
  coupon_id coupon{};
};

/// Nothing: it never came, or it was so long ago that it may mean something else now.
std::optional<kept_key> find_key(sql::mysql_connection& db, const std::string& key, timestamp now);

/// Drops some of those that are too old, and this one when it is. A transaction of its own.
void sweep_keys(sql::mysql_connection& db, const std::string& key, timestamp now);

/// Within the transaction that makes the coupon. Throws mysql_error (duplicate_key): somebody else was faster.
void keep_key(sql::mysql_connection& db, const idempotency_key& key, coupon_id made, timestamp now);

}  // namespace firstcome::ledger
