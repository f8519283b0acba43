#pragma once

// Rows of idempotency_keys: which coupon was made with which key. Everything happens within a transaction that the
// caller has begun and ends, so that a key is there exactly when its coupon is.
// Thread safety: as the connection.

#include <optional>

#include "domain/idempotency.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

class kept_keys {
 public:
  explicit kept_keys(sql::connection& db);

  struct kept {
    std::string fingerprint;
    coupon_id coupon{};
  };
  /// Nothing: it never came, or it was so long ago that it may mean something else now.
  std::optional<kept> find(const std::string& key, timestamp now);
  /// For a key that `find` did not find. Drops some of those that are too old.
  void keep(const idempotency_key& key, coupon_id made, timestamp now);

 private:
  sql::statement select_, upsert_, sweep_;
};

}  // namespace firstcome::ledger
