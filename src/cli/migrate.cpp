// `firstcome migrate`: makes the ledger's tables in MariaDB or MySQL, or upgrades those of the original service or of
// an older firstcome; with --data-dir, upgrades an embedded node's ledger.

#include <iostream>
#include <memory>

#include "cli/command.hpp"
#include "cli/database_option.hpp"
#include "cli/exit_codes.hpp"
#include "cli/ledger_choice.hpp"
#include "ledger/mysql/migration.hpp"
#include "ledger/mysql/schema.hpp"
#include "ledger/sqlite/schema.hpp"
#include "ledger/sqlite/upgrade.hpp"
#include "runtime/config_kinds.hpp"

namespace firstcome::cli {
namespace {

using ledger::migration_outcome;

struct migrate_options {
  runtime::secret database;
  std::string source_time_zone;
  std::filesystem::path data_dir;  // of an embedded ledger
  bool resolve = false;
};

/// A password that travels in the clear is worth a word, unless it never leaves this machine.
void warn_if_open(const sql::mysql_connection& db, const sql::mysql_address& at) {
  if (db.encrypted() || at.is_local()) return;
  std::cerr << "firstcome: warning: the connection to " << to_string(at)
            << " is not encrypted; use ?tls=require or ?tls=verify\n";
}

int list(const ledger::migration_report& report, bool resolve) {
  bool some_resolvable = false;
  for (const ledger::migration_conflict& c : report.conflicts) {
    std::cout << (c.resolvable ? "conflict: " : "conflict (for you to settle): ") << c.sentence << "\n";
    some_resolvable |= c.resolvable;
  }
  std::cout << "Nothing was changed: " << report.conflicts.size() << " conflicts.\n";
  if (some_resolvable && !resolve)
    std::cout << "With --resolve, a user's later issues and those of no coupon move to coupon_issues_rejected, and"
                 " counts are set to the number of issues.\n";
  return exit_failed;
}

int finish(const ledger::migration_report& report, const migrate_options& o) {
  switch (report.outcome) {
    case migration_outcome::done:
      std::cout << "The schema is now at version " << ledger::mysql_schema::version << ".\n";
      return exit_done;
    case migration_outcome::nothing_to_do:
      std::cout << "The schema is at version " << ledger::mysql_schema::version << " already.\n";
      return exit_done;
    case migration_outcome::conflicts:
      return list(report, o.resolve);
    case migration_outcome::needs_time_zone:
      throw runtime::wrong_usage(
          "there are coupons or issues of the original service, and their times have no zone: give --source-time-zone,"
          " which may be UTC, an offset such as +09:00, or a name such as Asia/Seoul. Nothing was changed");
  }
  return exit_failed;
}

int migrate_folder(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / ledger::sqlite_schema::file_name;
  if (!std::filesystem::exists(file))
    throw std::runtime_error("there is no ledger at " + file.string() + "; firstcome serve makes one");
  const ledger::data_folder held(folder);
  if (const auto done = ledger::upgrade_ledger(held)) {
    std::cout << file.string() << " is now at version " << done->to << " (it had version " << done->from
              << "). As it was, it stands in " << done->backup.string() << ".\n";
    return exit_done;
  }
  sql::connection db(file.string(), sql::open_mode::read_only);
  ledger::sqlite_schema::check(db, file.string());  // a newer one is refused here
  std::cout << file.string() << " is at version " << ledger::sqlite_schema::version << " already.\n";
  return exit_done;
}

int migrate(const migrate_options& o, const runtime::config& settings) {
  if (!o.data_dir.empty() && folder_is_meant(settings)) {
    if (!o.source_time_zone.empty() || o.resolve)
      throw runtime::wrong_usage(
          "--source-time-zone and --resolve are for a database (--database), and a data folder is named");
    return migrate_folder(o.data_dir);
  }
  const sql::mysql_address at = database_of(o.database);
  sql::mysql_connection db(at, ledger::migration_timeouts());
  warn_if_open(db, at);
  const auto say = [](const std::string& what) { std::cerr << "firstcome: " << what << "\n"; };
  try {
    return finish(ledger::migrate(db, {o.resolve, o.source_time_zone, say}), o);
  } catch (const std::invalid_argument& why) {
    throw runtime::wrong_usage(std::string("--source-time-zone cannot be used: ") + why.what());
  } catch (const sql::mysql_error& why) {
    throw std::runtime_error(std::string("the migration stopped, and may be run again: ") + why.what());
  }
}

constexpr const char* migrate_examples =
    R"(Makes the ledger's tables, or upgrades those of an older firstcome or of the original service (coupons,
coupon_issues) in place; stop that service first, and make a back-up. With --data-dir, upgrades the ledger of an embedded
node that is stopped, after a copy beside it; firstcome serve does the same at its start. Looks before it changes anything: when rows contradict each other, it lists them and
changes nothing. May be cut off and run again, and by several at once.

Examples:
  FIRSTCOME_DATABASE=mysql://firstcome:secret@db.example/coupon firstcome migrate
  firstcome migrate --source-time-zone Asia/Seoul             the original service wrote its times in Korean time
  firstcome migrate --source-time-zone Asia/Seoul --resolve   and settle what can be settled
  firstcome migrate --data-dir ./data                         an embedded node's ledger

Exit codes: 0 the schema is this program's, 1 it is not (conflicts are listed), 2 wrong usage.)";

}  // namespace

void add_migrate(program& p) {
  const command app = p.add("migrate", "make or upgrade the schema of a shared ledger");
  app.footer(migrate_examples);
  auto options = std::make_shared<migrate_options>();
  const runtime::config& settings = p.settings_of(app, [&](runtime::config& s) {
    s.group("Where");
    s.add("data-dir", "a stopped embedded node's folder, instead of a database",
          runtime::path(options->data_dir, "FOLDER"));
    add_database(s, options->database);
    s.add("source-time-zone", "of the original service's times: UTC, +09:00 or Asia/Seoul; needed when it left rows",
          runtime::text(options->source_time_zone, "ZONE"));
  });
  p.warn_on_standard_error(settings);
  app.add_flag("--resolve", options->resolve, "settle the conflicts that can be settled without losing a first issue");
  p.on(app, [options, &settings] { return migrate(*options, settings); });
}

}  // namespace firstcome::cli
