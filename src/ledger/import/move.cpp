#include "ledger/import/move.hpp"

#include <algorithm>
#include <stdexcept>

#include "ledger/import/move_rows.hpp"
#include "ledger/mysql/transaction.hpp"
#include "queue/queue_entry.hpp"

namespace firstcome::ledger {
namespace {

// Names and meaning stand in databases: never change.
constexpr const char* whole_step = "move";  // its detail: which ledger; its position: 1 when all is there
constexpr const char* issues_step = "move.issues";
constexpr const char* actions_step = "move.actions";

constexpr std::size_t rows_max = 5000;                // of one transaction
constexpr std::size_t statement_bytes_max = 1 << 20;  // well below any server's max_allowed_packet

struct step {
  std::int64_t position = 0;
  std::string detail;
};

std::optional<step> find_step(sql::mysql_connection& db, const std::string& name) {
  sql::mysql_rows row = db.query("SELECT position, detail FROM firstcome_schema_steps WHERE step = " + db.quoted(name));
  if (!row.next()) return std::nullopt;
  return step{row.integer(0), std::string(row.text(1))};
}

/// What is in the database, as a list for the operator; empty: nothing.
std::string content_of(sql::mysql_connection& db) {
  std::string content;
  for (const char* table : {"coupons", "coupon_issues", "issue_cursors", "issue_dead_letters", "coupon_issues_rejected",
                            "operator_actions", "idempotency_keys"}) {
    const std::string rows = db.value(std::string("SELECT COUNT(*) FROM ") + table).value_or("0");
    if (rows == "0") continue;
    content += (content.empty() ? "" : ", ") + rows + " rows in " + table;
  }
  return content;
}

struct free_ids {
  std::int64_t coupon = 1, action = 1;
};

free_ids first_free_of(whole_ledger& from) {
  free_ids first;
  for (const coupon& c : from.coupons()) first.coupon = std::max(first.coupon, raw(c.id) + 1);
  from.each_action(0, [&](const operator_action& a) { first.action = std::max(first.action, a.id + 1); });
  return first;
}

/// True: an earlier move of the same ledger began it.
bool begin_move(sql::mysql_connection& db, const std::string& fingerprint, const free_ids& first_free) {
  if (const auto begun = find_step(db, whole_step)) {
    if (begun->detail == fingerprint) return true;
    throw std::runtime_error(
        "the database holds the beginning of a move of another ledger, or of this one as it was before it went on"
        " being used. Nothing was changed now. Make a new, empty database, or drop this one and make it again, and move"
        " there");
  }
  if (const std::string content = content_of(db); !content.empty())
    throw std::runtime_error("the database is not empty: " + content +
                             ". Nothing was changed. A ledger is moved into an empty database: make a new one");
  // Whoever makes a coupon or changes one at this database meanwhile gets an id that this ledger does not have.
  db.execute("ALTER TABLE coupons AUTO_INCREMENT = " + std::to_string(first_free.coupon));
  db.execute("ALTER TABLE operator_actions AUTO_INCREMENT = " + std::to_string(first_free.action));
  in_transaction(db, [&] {
    db.execute("BEGIN");
    db.execute(std::string("INSERT INTO firstcome_schema_steps (step, position, detail) VALUES ('") + whole_step +
               "', 0, " + db.quoted(fingerprint) + "), ('" + issues_step + "', 0, ''), ('" + actions_step +
               "', 0, '')");
    db.execute("COMMIT");
    return 0;
  });
  return false;
}

/// Rows of one table on their way: as many as go into one statement, and one transaction.
class carrier {
 public:
  carrier(sql::mysql_connection& db, const char* step_name, const char* insert)
      : db_(db), step_(step_name), insert_(insert), position_(find_step(db, step_name).value_or(step{}).position) {}

  std::int64_t position() const { return position_; }

  /// `id`: of the row, rising; `values`: "(…)".
  void add(std::int64_t id, const std::string& values) {
    text_ += text_.empty() ? insert_ : ",";
    text_ += values;
    last_ = id;
    if (++rows_ == rows_max || text_.size() > statement_bytes_max) flush();
  }

  void flush() {
    if (rows_ == 0) return;
    in_transaction(db_, [&] {
      db_.execute("BEGIN");
      const std::uint64_t mine =
          db_.execute("UPDATE firstcome_schema_steps SET position = " + std::to_string(last_) + " WHERE step = '" +
                      step_ + "' AND position = " + std::to_string(position_));
      if (mine != 1) {
        db_.execute("ROLLBACK");
        throw std::runtime_error("another move into this database is under way: let one of them end");
      }
      db_.execute(text_);
      db_.execute("COMMIT");
      return 0;
    });
    position_ = last_;
    rows_ = 0;
    text_.clear();
  }

 private:
  sql::mysql_connection& db_;
  const std::string step_;
  const char* insert_;
  std::int64_t position_;
  std::int64_t last_ = 0;
  std::size_t rows_ = 0;
  std::string text_;
};

std::int64_t count_of(sql::mysql_connection& db, const char* table) {
  return std::stoll(db.value(std::string("SELECT COUNT(*) FROM ") + table).value_or("0"));
}

void carry_issues(whole_ledger& from, sql::mysql_connection& to,
                  const std::function<void(const move_progress&)>& on_progress) {
  carrier rows(to, issues_step, insert_of_issues);
  move_progress progress{count_of(to, "coupon_issues"), from.issues()};
  on_progress(progress);
  from.each_issue(rows.position(), [&](const carried_issue& row) {
    rows.add(row.id, values_of(to, row));
    if (++progress.moved % static_cast<std::int64_t>(rows_max) == 0) on_progress(progress);
  });
  rows.flush();
  on_progress(progress);
}

void carry_actions(whole_ledger& from, sql::mysql_connection& to) {
  carrier rows(to, actions_step, insert_of_actions);
  from.each_action(rows.position(), [&](const operator_action& action) { rows.add(action.id, values_of(to, action)); });
  rows.flush();
}

/// Rows as few statements, within a transaction.
template <class Row>
void insert_all(sql::mysql_connection& db, const char* insert, const std::vector<Row>& all) {
  std::string text;
  for (const Row& row : all) {
    text += text.empty() ? insert : ",";
    text += values_of(db, row);
    if (text.size() > statement_bytes_max) {
      db.execute(text);
      text.clear();
    }
  }
  if (!text.empty()) db.execute(text);
}

/// Everything that makes the rest visible, and that all of it is there.
void finish(whole_ledger& from, sql::mysql_connection& to, const std::vector<coupon>& coupons) {
  const std::vector<carried_key> keys = from.keys();
  std::vector<carried_cursor> cursors;
  for (const coupon& c : coupons) cursors.push_back({c.id, c.sequences()});
  in_transaction(to, [&] {
    to.execute("BEGIN");
    const std::uint64_t mine = to.execute(std::string("UPDATE firstcome_schema_steps SET position = 1 WHERE step = '") +
                                          whole_step + "' AND position = 0");
    if (mine != 1) {
      to.execute("ROLLBACK");
      throw std::runtime_error("another move into this database has just ended: look before you repeat it");
    }
    insert_all(to, insert_of_coupons, coupons);
    insert_all(to, insert_of_cursors, cursors);
    insert_all(to, insert_of_keys, keys);
    to.execute("COMMIT");
    return 0;
  });
}

}  // namespace

move_report move_ledger(whole_ledger& from, sql::mysql_connection& to,
                        const std::function<void(const move_progress&)>& on_progress) {
  const std::vector<coupon> coupons = from.coupons();
  move_report report{static_cast<std::int64_t>(coupons.size()), from.issues(), from.actions()};
  report.went_on = begin_move(to, from.fingerprint(), first_free_of(from));
  if (find_step(to, whole_step).value_or(step{}).position == 1) {
    report.was_done = true;
    return report;
  }
  carry_issues(from, to, on_progress);
  carry_actions(from, to);
  finish(from, to, coupons);
  return report;
}

}  // namespace firstcome::ledger
