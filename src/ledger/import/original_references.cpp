// Foreign keys from and to the original service's tables. A server refuses to change the type of a column that one of
// them holds (error 1833), and to delete a row that one points at (1451); a cascading one deletes or changes rows of
// others without a word. All of them are found before anything is changed.

#include <algorithm>
#include <map>
#include <string_view>

#include "ledger/import/original_structure.hpp"

namespace firstcome::ledger {
namespace {

struct column_pair {
  std::string from, to;
};

struct foreign_key {
  std::string name;
  std::string from_schema, from_table, to_schema, to_table;
  bool from_here = false, to_here = false;  // whether that end is in this database
  std::string on_delete, on_update;
  std::vector<column_pair> columns;
};

bool is_original(std::string_view table_name) {
  return table_name == "coupons" || table_name == "coupon_issues";
}

std::string in_backticks(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) quoted += c == '`' ? std::string("``") : std::string(1, c);
  return quoted + "`";
}

std::vector<foreign_key> foreign_keys(sql::mysql_connection& db) {
  sql::mysql_rows row = db.query(
      "SELECT k.constraint_name, k.table_schema, k.table_name, k.referenced_table_schema, k.referenced_table_name,"
      " k.table_schema = DATABASE(), k.referenced_table_schema = DATABASE(), r.delete_rule, r.update_rule,"
      " LOWER(k.column_name), LOWER(k.referenced_column_name) FROM information_schema.key_column_usage AS k"
      " JOIN information_schema.referential_constraints AS r ON r.constraint_schema = k.constraint_schema AND"
      " r.constraint_name = k.constraint_name AND r.table_name = k.table_name WHERE k.referenced_table_name IS NOT NULL"
      " AND ((k.table_schema = DATABASE() AND k.table_name IN ('coupons', 'coupon_issues')) OR"
      " (k.referenced_table_schema = DATABASE() AND k.referenced_table_name IN ('coupons', 'coupon_issues')))"
      " ORDER BY k.table_schema, k.table_name, k.constraint_name, k.ordinal_position");
  std::vector<foreign_key> all;
  const auto text = [&](unsigned i) { return std::string(row.text(i)); };
  while (row.next()) {
    if (all.empty() || all.back().name != text(0) || all.back().from_schema != text(1) ||
        all.back().from_table != text(2))
      all.push_back({text(0),
                     text(1),
                     text(2),
                     text(3),
                     text(4),
                     row.integer(5) != 0,
                     row.integer(6) != 0,
                     text(7),
                     text(8),
                     {}});
    all.back().columns.push_back({text(9), text(10)});
  }
  return all;
}

std::string from_of(const foreign_key& k) {
  return k.from_here ? k.from_table : k.from_schema + "." + k.from_table;
}

std::string named(const foreign_key& k) {
  return "the foreign key " + k.name + " of " + from_of(k);
}

std::string drop_of(const foreign_key& k) {
  const std::string table =
      k.from_here ? in_backticks(k.from_table) : in_backticks(k.from_schema) + "." + in_backticks(k.from_table);
  return "ALTER TABLE " + table + " DROP FOREIGN KEY " + in_backticks(k.name);
}

bool changes_rows(const std::string& rule) {
  return rule == "CASCADE" || rule == "SET NULL" || rule == "SET DEFAULT";
}

/// A rule by which a row of ours goes or changes when a row elsewhere does: a hole in the places of a coupon. A coupon
/// may take its issues along, because then there is no coupon that could have a hole.
void look_at_rules(const foreign_key& k, conflict_list& conflicts) {
  if (!k.from_here || !is_original(k.from_table)) return;
  const bool of_its_coupon = k.to_here && k.to_table == "coupons" && k.from_table == "coupon_issues";
  for (const auto& [event, rule] : {std::pair{"DELETE", k.on_delete}, std::pair{"UPDATE", k.on_update}}) {
    if (!changes_rows(rule) || (of_its_coupon && rule == "CASCADE")) continue;
    conflicts.add(named(k) + " is ON " + event + " " + rule +
                  ": rows of firstcome's would go or change with those of " + k.to_table +
                  ", and leave a hole in a coupon. " + drop_of(k) + ", and put it back with RESTRICT or without");
  }
}

/// "bigint", also where the server tells a width that means nothing; "int unsigned" stays.
std::map<std::string, std::string> types_of(sql::mysql_connection& db, const std::string& table_name) {
  sql::mysql_rows row = db.query(
      "SELECT LOWER(column_name), LOWER(column_type) FROM information_schema.columns WHERE table_schema = DATABASE() "
      "AND"
      " table_name = " +
      db.quoted(table_name));
  std::map<std::string, std::string> types;
  while (row.next()) {
    std::string type(row.text(1));
    if (const auto width = type.find('('); width != std::string::npos && type.find("int") < width)
      type.erase(width, type.find(')') - width + 1);
    types[std::string(row.text(0))] = type;
  }
  return types;
}

void look_at_types(sql::mysql_connection& db, const foreign_key& k, conflict_list& conflicts) {
  const auto look = [&](bool here, const std::string& table_name, const std::string& column) {
    if (!here || !is_original(table_name)) return false;
    const mysql_schema::table& t = table_name == "coupons" ? mysql_schema::coupons() : mysql_schema::coupon_issues();
    if (std::none_of(t.columns.begin(), t.columns.end(), [&](const auto& c) { return c.name == column; })) return false;
    const std::string type = types_of(db, table_name)[column];
    if (type == "bigint") return false;
    conflicts.add(named(k) + " holds " + table_name + "." + column + ", which is " + type + " and has to change: " +
                  drop_of(k) + ", and put it back afterwards, with its other end made BIGINT as well");
    return true;
  };
  for (const column_pair& pair : k.columns)
    if (look(k.from_here, k.from_table, pair.from) || look(k.to_here, k.to_table, pair.to)) return;
}

}  // namespace

void survey_foreign_keys(sql::mysql_connection& db, conflict_list& conflicts) {
  for (const foreign_key& k : foreign_keys(db)) {
    look_at_rules(k, conflicts);
    look_at_types(db, k, conflicts);
  }
}

std::string issues_in_the_way() {
  return "SELECT p.id, CASE WHEN c.id IS NULL THEN NULL ELSE p.first_id END AS kept_id FROM (SELECT id, coupon_id,"
         " ROW_NUMBER() OVER w AS place, FIRST_VALUE(id) OVER w AS first_id FROM coupon_issues"
         " WINDOW w AS (PARTITION BY coupon_id, user_id ORDER BY COALESCE(date_issued, date_created), id)) AS p"
         " LEFT JOIN coupons AS c ON c.id = p.coupon_id WHERE p.place > 1 OR c.id IS NULL";
}

void survey_pointing_rows(sql::mysql_connection& db, conflict_list& conflicts) {
  for (const foreign_key& k : foreign_keys(db)) {
    if (!k.to_here || k.to_table != "coupon_issues") continue;
    std::string same;
    for (const column_pair& pair : k.columns)
      same +=
          (same.empty() ? "" : " AND ") + std::string("o.") + in_backticks(pair.from) + " = i." + in_backticks(pair.to);
    conflicts.each("SELECT CONCAT('issue ', i.id, ' would be moved aside, and ', COUNT(*), " +
                   db.quoted(" rows of " + from_of(k) + " point at it (foreign key " + k.name + ", ON DELETE " +
                             k.on_delete + "): ") +
                   ", COALESCE(CONCAT('point them at issue ', MAX(w.kept_id), ', which stays, or delete them'),"
                   " 'delete them, or put their coupon back')) FROM " +
                   in_backticks(k.from_schema) + "." + in_backticks(k.from_table) +
                   " AS o JOIN coupon_issues AS i ON " + same + " JOIN (" + issues_in_the_way() +
                   ") AS w ON w.id = i.id GROUP BY i.id ORDER BY i.id");
  }
}

}  // namespace firstcome::ledger
