#include "ledger/sqlite/kept_keys.hpp"

namespace firstcome::ledger {

kept_keys::kept_keys(sql::connection& db)
    : select_(db.handle(),
              "SELECT fingerprint, coupon_id FROM idempotency_keys WHERE idempotency_key = ?1 AND date_created > ?2"),
      upsert_(db.handle(),
              "INSERT INTO idempotency_keys (idempotency_key, fingerprint, coupon_id, date_created)"
              " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (idempotency_key) DO UPDATE SET fingerprint = excluded.fingerprint,"
              " coupon_id = excluded.coupon_id, date_created = excluded.date_created"),
      sweep_(db.handle(),
             "DELETE FROM idempotency_keys WHERE idempotency_key IN (SELECT idempotency_key FROM idempotency_keys"
             " WHERE date_created <= ?1 ORDER BY date_created LIMIT ?2)") {}

std::optional<kept_keys::kept> kept_keys::find(const std::string& key, timestamp now) {
  sql::reset_at_end at_end(select_);
  if (!select_.bind(1, key).bind(2, to_microseconds(now - idempotency_keys_kept)).step()) return std::nullopt;
  return kept{select_.text(0), coupon_id{select_.integer(1)}};
}

void kept_keys::keep(const idempotency_key& key, coupon_id made, timestamp now) {
  sweep_.bind(1, to_microseconds(now - idempotency_keys_kept)).bind(2, std::int64_t{idempotency_keys_swept_max}).run();
  upsert_.bind(1, key.key).bind(2, key.fingerprint).bind(3, raw(made)).bind(4, to_microseconds(now)).run();
}

}  // namespace firstcome::ledger
