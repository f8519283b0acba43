// Kind, partitions, keys and triggers of the original service's tables: what an ALTER TABLE would stumble over, and
// what would refuse rows of firstcome's afterwards.

#include <algorithm>
#include <set>
#include <string_view>

#include "ledger/import/original_structure.hpp"

namespace firstcome::ledger {
namespace {

using mysql_schema::table;

void look_at_kind(sql::mysql_connection& db, const table& t, conflict_list& conflicts) {
  const std::string of_table = " WHERE table_schema = DATABASE() AND table_name = " + db.quoted(t.name);
  const std::string type = db.value("SELECT table_type FROM information_schema.tables" + of_table).value_or("");
  if (type != "BASE TABLE")
    conflicts.add(std::string(t.name) + " is a " + type +
                  " and not a plain table: upgrade the table behind it, under"
                  " the name " +
                  t.name);
  if (db.value("SELECT 1 FROM information_schema.partitions" + of_table + " AND partition_name IS NOT NULL LIMIT 1"))
    conflicts.add(std::string(t.name) +
                  " is partitioned, and its unique keys would have to hold the columns that it is"
                  " divided by: ALTER TABLE " +
                  t.name + " REMOVE PARTITIONING first");
  const auto other = db.value("SELECT column_name FROM information_schema.columns" + of_table +
                              " AND extra LIKE '%auto_increment%' AND column_name <> 'id'");
  if (other)
    conflicts.add(std::string(t.name) + "." + *other +
                  " counts by itself (AUTO_INCREMENT), and firstcome lets the id"
                  " do so, of which a table may have one: take it away first");
}

struct unique_key {
  std::string name;
  bool unique = false;
  bool of_strangers_default = false;  // one of its columns is not ours and stays NULL, which equals nothing
  std::string columns;                // "a, b"
  std::set<std::string> names;
};

std::vector<unique_key> keys_of(sql::mysql_connection& db, const table& t) {
  sql::mysql_rows row = db.query(
      "SELECT s.index_name, s.non_unique = 0, COALESCE(LOWER(s.column_name), '(expression)'), COALESCE(c.is_nullable ="
      " 'YES' AND COALESCE(c.column_default, 'NULL') = 'NULL' AND c.extra NOT LIKE '%GENERATED%', 0) FROM"
      " information_schema.statistics AS s LEFT JOIN information_schema.columns AS c ON c.table_schema ="
      " s.table_schema AND c.table_name = s.table_name AND c.column_name = s.column_name WHERE s.table_schema ="
      " DATABASE() AND s.table_name = " +
      db.quoted(t.name) + " ORDER BY s.index_name, s.seq_in_index");
  std::vector<unique_key> keys;
  while (row.next()) {
    if (keys.empty() || keys.back().name != row.text(0))
      keys.push_back({std::string(row.text(0)), row.integer(1) != 0, false, "", {}});
    unique_key& key = keys.back();
    const std::string column(row.text(2));
    const bool ours = std::any_of(t.columns.begin(), t.columns.end(), [&](const auto& c) { return c.name == column; });
    if (!ours && row.integer(3) != 0) key.of_strangers_default = true;
    key.columns += (key.columns.empty() ? "" : ", ") + column;
    key.names.insert(column);
  }
  return keys;
}

/// Whether it can refuse none of the rows that firstcome's own keys allow.
bool allows_what_ours_allow(const table& t, const unique_key& key) {
  if (!key.unique || key.of_strangers_default || key.names.contains("id")) return true;
  if (std::string_view(t.name) != "coupon_issues" || !key.names.contains("coupon_id")) return false;
  return key.names.contains("user_id") || key.names.contains("sequence");
}

std::string drop_of(const table& t, const unique_key& key) {
  return std::string("ALTER TABLE ") + t.name + " DROP KEY `" + key.name + "`";
}

void look_at_key(const table& t, const unique_key& key, conflict_list& conflicts) {
  if (key.name == "PRIMARY" && key.columns != "id") {
    conflicts.add(std::string("the primary key of ") + t.name + " is (" + key.columns +
                  ") and not (id): make it (id)"
                  " first");
    return;
  }
  for (const mysql_schema::key& ours : t.keys) {
    if (key.name != ours.name) continue;
    const std::string_view definition = ours.definition;
    const bool same = definition.find("(" + key.columns + ")") != std::string_view::npos &&
                      key.unique == (definition.starts_with("UNIQUE") || definition.starts_with("PRIMARY"));
    if (!same)
      conflicts.add(std::string(t.name) + " has a key " + key.name + " on (" + key.columns +
                    "), and firstcome's of"
                    " that name is another: " +
                    drop_of(t, key));
    return;
  }
  if (!allows_what_ours_allow(t, key))
    conflicts.add("the unique key " + key.name + " of " + t.name + " on (" + key.columns +
                  ") would refuse rows that firstcome accepts: " + drop_of(t, key));
}

/// An upgrade changes and moves rows; what a trigger would make of that is not what an upgrade promises.
void look_at_triggers(sql::mysql_connection& db, const table& t, conflict_list& conflicts) {
  conflicts.each(std::string("SELECT CONCAT('the trigger ', trigger_name, ' runs ', action_timing, ' ',"
                             " event_manipulation, ' on ") +
                 t.name +
                 ", whose rows the upgrade changes: drop it first (DROP TRIGGER ', trigger_name, '), and put it back"
                 " afterwards if it is still right for times in UTC') FROM information_schema.triggers WHERE"
                 " event_object_schema = DATABASE() AND event_object_table = " +
                 db.quoted(t.name) + " AND event_manipulation IN ('UPDATE', 'DELETE') ORDER BY trigger_name");
}

}  // namespace

void survey_keys(sql::mysql_connection& db, const table& t, conflict_list& conflicts) {
  look_at_kind(db, t, conflicts);
  const std::vector<unique_key> keys = keys_of(db, t);
  for (const unique_key& key : keys) look_at_key(t, key, conflicts);
  const bool has_primary = std::any_of(keys.begin(), keys.end(), [](const auto& k) { return k.name == "PRIMARY"; });
  if (!has_primary)
    conflicts.each(std::string("SELECT CONCAT('the id ', COALESCE(id, 'NULL'), ' stands in ', COUNT(*), ' rows of ") +
                   t.name + ", which has no primary key: give each row an id of its own') FROM " + t.name +
                   " GROUP BY id HAVING COUNT(*) > 1 OR id IS NULL ORDER BY id");
  look_at_triggers(db, t, conflicts);
}

}  // namespace firstcome::ledger
