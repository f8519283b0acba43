// `firstcome move`: carries an embedded node's ledger into an empty database, for the day on which a shop outgrows one
// machine.

#include <chrono>
#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/database_option.hpp"
#include "ledger/import/move.hpp"
#include "ledger/mysql/migration.hpp"
#include "ledger/mysql/schema.hpp"
#include "ledger/mysql/session.hpp"
#include "ledger/sqlite/audit.hpp"
#include "ledger/sqlite/embedded_ledger.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::seconds between_lines{1};

struct move_options {
  std::filesystem::path data_dir = "./data";
  runtime::secret database;
};

void say(const std::string& what) {
  std::cerr << "firstcome: " << what << "\n";
}

/// Books that do not agree are mended first, where they are.
void check_books(const std::filesystem::path& folder) {
  const ledger::audit_report report = ledger::audit_ledger({.folder = folder});
  if (report.agrees()) return;
  for (const std::string& difference : report.differences) std::cerr << difference << "\n";
  throw std::runtime_error("the books of " + folder.string() +
                           " do not agree (see above): firstcome audit --data-dir … --repair mends what can be mended."
                           " Nothing was moved");
}

/// An empty database gets its tables; one that has some must have just these.
void prepare(sql::mysql_connection& db) {
  if (!ledger::mysql_schema::has_table(db, "coupons")) (void)ledger::migrate(db, {.say = say});
  ledger::mysql_schema::check(db);
  ledger::check_durability(db);
}

/// A line a second at most.
class progress_lines {
 public:
  void operator()(const ledger::move_progress& now) {
    const bool whole = now.moved == now.all;
    if (now.moved == reported_ || (!whole && steady::now() - last_ < between_lines)) return;
    last_ = steady::now();
    reported_ = now.moved;
    say(std::to_string(now.moved) + " of " + std::to_string(now.all) + " issues");
  }

 private:
  steady::time_point last_{};
  std::int64_t reported_ = -1;
};

int move(const move_options& o) {
  if (!std::filesystem::is_directory(o.data_dir))
    throw runtime::wrong_usage("--data-dir cannot be \"" + o.data_dir.string() +
                               "\": it may be the data folder of an embedded node, and there is no such folder");
  const sql::mysql_address at = database_of(o.database);
  const ledger::data_folder held(o.data_dir);
  ledger::embedded_ledger from(held);
  say("checking the books of " + o.data_dir.string());
  check_books(o.data_dir);
  sql::mysql_connection to(at, ledger::migration_timeouts());
  prepare(to);
  const auto begun = steady::now();
  try {
    const ledger::move_report done = ledger::move_ledger(from, to, progress_lines());
    if (done.was_done) {
      std::cout << "This ledger was moved into this database before; nothing was done now.\n";
      return 0;
    }
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(steady::now() - begun).count();
    std::cout << (done.went_on ? "Went on with the move that was cut off. " : "") << "The database holds all of "
              << o.data_dir.string() << " now: " << done.coupons << " coupons, " << done.issues << " issues, "
              << done.actions << " actions of operators (" << ms << " ms).\n"
              << "From now on it is the one that counts: start firstcome api and firstcome worker on it, and do not"
                 " start firstcome serve on the folder again.\n";
    return 0;
  } catch (const sql::mysql_error& why) {
    throw std::runtime_error(std::string("the move stopped, and goes on from there when it is run again: ") +
                             why.what());
  }
}

constexpr const char* move_examples =
    R"(Stop the node first, and leave it stopped: from then on the database is the one that counts. The database must be
empty, or hold the beginning of this very move: one that was cut off goes on where it was. The folder is only read.
docs/move.md walks through the whole day.

Examples:
  FIRSTCOME_DATABASE=mysql://firstcome:secret@db.example/coupon firstcome move --data-dir /var/lib/firstcome

Exit codes: 0 all of it is there, 1 it is not (run it again, or the sentence says what to do), 2 wrong usage.)";

}  // namespace

void add_move(program& p) {
  const command app = p.add("move", "carry an embedded ledger, whole, into an empty shared one");
  app.footer(move_examples);
  auto options = std::make_shared<move_options>();
  const runtime::config& settings = p.settings_of(app, [&](runtime::config& s) {
    s.group("Where");
    s.add("data-dir", "the stopped node's folder", runtime::path(options->data_dir, "FOLDER"));
    add_database(s, options->database);
  });
  p.warn_on_standard_error(settings);
  p.on(app, [options] { return move(*options); });
}

}  // namespace firstcome::cli
