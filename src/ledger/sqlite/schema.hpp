#pragma once

// The ledger's tables in SQLite, their version, and the folding of keys (docs/adr/0003-ledger-on-sqlite.md).
//
// Invariant: an issue's `id` is coupon_id << 32 | sequence. So the table's own key is UNIQUE (coupon_id, sequence) and
// costs no second index, and `coupon_id` and `sequence` read back from it as generated columns. Coupons' ids therefore
// stay within 31 bits, which a CHECK keeps. Stored in every file: never change, only migrate
// (ledger/sqlite/upgrade.hpp).
//
// A coupon's counts: issued_quantity are its live issues, returned_quantity those returned to the pool, gone_quantity
// those returned while it had none. Each return moves one from the first to one of the others in the transaction that
// sets the issue's date_returned, so their sum is always the last sequence. `operator_actions` is written by whoever
// changes something, in the transaction of the change: an INSERT between its BEGIN and its COMMIT, on its connection.

#include <span>

#include "domain/ids.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger::sqlite_schema {

inline constexpr const char* file_name = "firstcome.db";
inline constexpr std::int64_t application_id = 0x46434c47;  // "FCLG"; never change
inline constexpr std::int64_t version = 2;
inline constexpr std::int64_t coupon_id_max = 0x7fffffff;

constexpr std::int64_t issue_row_id(coupon_id coupon, sequence_number sequence) {
  return raw(coupon) << 32 | sequence;
}
constexpr coupon_id coupon_of(std::int64_t issue_row_id) {
  return coupon_id{issue_row_id >> 32};
}
constexpr sequence_number sequence_of(std::int64_t issue_row_id) {
  return static_cast<sequence_number>(issue_row_id & 0xffffffff);
}
/// Any id may be asked for; only these can be in the file, and only these may be folded.
constexpr bool can_hold(coupon_id coupon) {
  return raw(coupon) >= id_min && raw(coupon) <= coupon_id_max;
}

/// Makes the tables when the file is new, and sets WAL and synchronous=FULL for this connection.
/// Throws std::runtime_error, naming the file, when it holds another schema, or another version of this one.
void create_or_check(sql::connection& db, const std::string& file);

struct object {
  const char* name;
  const char* sql;  // SQLite keeps the text; `check` compares it, so that a missing constraint cannot go unseen
};
/// Of the present version.
std::span<const object> objects();

/// 0: the file is empty. Throws std::runtime_error, naming the file, when another program made it.
std::int64_t version_of(sql::connection& db, const std::string& file);

/// Throws std::runtime_error when one of them is missing or differs.
void check_objects(sql::connection& db, const std::string& file, std::span<const object> expected);

/// The check alone, for a connection that only reads.
void check(sql::connection& db, const std::string& file);

}  // namespace firstcome::ledger::sqlite_schema
