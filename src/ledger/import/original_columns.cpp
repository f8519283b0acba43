// The columns of the original service's tables: whether each can become what firstcome keeps, and whether its values
// fit. Anything else would stop an ALTER TABLE in the middle of an upgrade, or cut values off.

#include <algorithm>
#include <array>
#include <string_view>

#include "ledger/import/original_structure.hpp"

namespace firstcome::ledger {
namespace {

using mysql_schema::column;
using mysql_schema::table;

constexpr std::array original_columns = {"id",
                                         "title",
                                         "coupon_type",
                                         "total_quantity",
                                         "issued_quantity",
                                         "discount_amount",
                                         "coupon_id",
                                         "user_id",
                                         "date_issued",
                                         "date_used",
                                         "date_created",
                                         "min_available_amount",
                                         "date_updated",
                                         "date_issue_start",
                                         "date_issue_end"};
constexpr std::array integers = {"tinyint", "smallint", "mediumint", "int", "bigint"};
constexpr std::array small_integers = {"tinyint", "smallint", "mediumint"};
constexpr std::array texts = {"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"};

template <class Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

enum class kind : std::uint8_t { whole_number, text, date, other };

/// Of what the column is to become.
kind kind_of(std::string_view definition) {
  if (definition.starts_with("BIGINT") || definition.starts_with("INT")) return kind::whole_number;
  if (definition.starts_with("VARCHAR")) return kind::text;
  if (definition.starts_with("DATETIME")) return kind::date;
  return kind::other;
}

void look_at_type(const table& t, const column& c, std::string_view type, conflict_list& conflicts) {
  const std::string is = std::string(t.name) + "." + c.name + " is " + std::string(type);
  switch (kind_of(c.definition)) {
    case kind::whole_number:
      if (!among(integers, type) && type != "decimal")
        conflicts.add(is + " and not a whole number: make it BIGINT first");
      return;
    case kind::text:
      if (!among(texts, type)) conflicts.add(is + " and not text: make it VARCHAR(255) first");
      return;
    case kind::date:
      if (type != "datetime") conflicts.add(is + " and not datetime");
      return;
    case kind::other:
      return;
  }
}

/// Values that would not fit; asked only of types in which there can be some.
void look_at_values(const table& t, const column& c, std::string_view type, conflict_list& conflicts) {
  const std::string found = std::string("SELECT CONCAT('row ', id, ' of ") + t.name + " has ";
  const std::string from = std::string(" FROM ") + t.name + " WHERE ";
  const std::string name = c.name;
  if (kind_of(c.definition) == kind::text) {
    if (type != "enum")
      conflicts.each(found + "a " + name + " of ', CHAR_LENGTH(" + name + "), ' characters, and 255 fit: shorten it')" +
                     from + "CHAR_LENGTH(" + name + ") > 255 ORDER BY id");
    return;
  }
  if (kind_of(c.definition) != kind::whole_number || among(small_integers, type)) return;
  const bool is_long = std::string_view(c.definition).starts_with("BIGINT");
  const std::string most = is_long ? "9223372036854775807" : "2147483647";
  const std::string least = is_long ? "-9223372036854775808" : "-2147483648";
  conflicts.each(found + name + " ', " + name + ", ', and whole numbers up to " + most + " fit: correct it')" + from +
                 name + " > " + most + " OR " + name + " < " + least + " OR " + name + " <> FLOOR(" + name +
                 ") ORDER BY id");
}

const column* known(const table& t, std::string_view name) {
  const auto found = std::find_if(t.columns.begin(), t.columns.end(), [&](const column& c) { return c.name == name; });
  return found == t.columns.end() ? nullptr : &*found;
}

struct column_as_it_is {
  std::string name, type;
  bool made_of_others = false;
};

std::vector<column_as_it_is> columns_as_they_are(sql::mysql_connection& db, const char* table_name) {
  sql::mysql_rows row = db.query(
      "SELECT LOWER(column_name), LOWER(data_type), extra LIKE '%GENERATED%' FROM information_schema.columns WHERE"
      " table_schema = DATABASE() AND table_name = " +
      db.quoted(table_name) + " ORDER BY ordinal_position");
  std::vector<column_as_it_is> all;
  while (row.next()) all.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2) != 0});
  return all;
}

/// Then an earlier run has made it, and was cut off.
bool has_all(const std::vector<column_as_it_is>& columns, const table& t) {
  return std::all_of(t.columns.begin(), t.columns.end(), [&](const column& wanted) {
    return std::any_of(columns.begin(), columns.end(), [&](const auto& is) { return is.name == wanted.name; });
  });
}

}  // namespace

void survey_columns(sql::mysql_connection& db, const table& t, bool begun, conflict_list& conflicts) {
  std::vector<std::pair<const column*, std::string>> to_measure;
  bool fits = true;
  const std::vector<column_as_it_is> columns = columns_as_they_are(db, t.name);
  const bool ours = begun || has_all(columns, t);
  for (const column_as_it_is& is : columns) {
    const column* becomes = known(t, is.name);
    if (becomes == nullptr) continue;
    const std::string name = std::string(t.name) + "." + is.name;
    if (!among(original_columns, is.name)) {
      if (!ours)
        conflicts.add(name +
                      " is not the original service's, and firstcome keeps something of its own under that name:"
                      " rename it (ALTER TABLE " +
                      t.name + " RENAME COLUMN " + is.name + " TO …)");
      continue;
    }
    if (is.made_of_others)
      conflicts.add(name + " is generated, and firstcome writes it: make it an ordinary column first");
    conflict_list of_type(db);
    look_at_type(t, *becomes, is.type, of_type);
    fits &= of_type.empty();
    for (migration_conflict& c : of_type.take()) conflicts.add(std::move(c.sentence));
    to_measure.emplace_back(becomes, is.type);
  }
  if (!fits) return;  // their values cannot be compared
  for (const auto& [becomes, type] : to_measure) look_at_values(t, *becomes, type, conflicts);
}

void survey_strangers(sql::mysql_connection& db, conflict_list& conflicts) {
  for (const table& t : mysql_schema::tables()) {
    const std::string_view name = t.name;
    if (name == "coupons" || name == "coupon_issues") continue;
    const mysql_schema::found_columns there = mysql_schema::columns_of(db, t.name);
    if (there.empty()) continue;
    for (const column& c : t.columns) {
      if (there.contains(c.name)) continue;
      conflicts.add(std::string("there is a table ") + t.name +
                    " already, and it is not firstcome's (it has no column " + c.name +
                    "): rename it, or give firstcome a database of its own");
      break;
    }
  }
}

}  // namespace firstcome::ledger
