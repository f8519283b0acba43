#include "ledger/mysql/kept_keys.hpp"

#include "ledger/mysql/rows.hpp"

namespace firstcome::ledger {

std::optional<kept_key> find_key(sql::mysql_connection& db, const std::string& key, timestamp now) {
  sql::mysql_rows row =
      db.query("SELECT fingerprint, coupon_id FROM idempotency_keys WHERE idempotency_key = " + db.quoted(key) +
               " AND date_created > " + literal(now - idempotency_keys_kept));
  if (!row.next()) return std::nullopt;
  return kept_key{std::string(row.text(0)), coupon_id{row.integer(1)}};
}

void sweep_keys(sql::mysql_connection& db, const std::string& key, timestamp now) {
  const std::string too_old = "date_created <= " + literal(now - idempotency_keys_kept);
  db.execute("DELETE FROM idempotency_keys WHERE idempotency_key = " + db.quoted(key) + " AND " + too_old);
  db.execute("DELETE FROM idempotency_keys WHERE " + too_old + " ORDER BY date_created LIMIT " +
             std::to_string(idempotency_keys_swept_max));
}

void keep_key(sql::mysql_connection& db, const idempotency_key& key, coupon_id made, timestamp now) {
  db.execute("INSERT INTO idempotency_keys (idempotency_key, fingerprint, coupon_id, date_created) VALUES (" +
             db.quoted(key.key) + "," + db.quoted(key.fingerprint) + "," + std::to_string(raw(made)) + "," +
             literal(now) + ")");
}

}  // namespace firstcome::ledger
