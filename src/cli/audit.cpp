// `firstcome audit`: do the books agree? Those of a data folder (read beside a running node; only --repair needs it
// stopped), or those of Redis and the database (audit_shared.cpp), whichever is named.

#include <boost/json.hpp>

#include <iostream>
#include <memory>

#include "cli/audit_report.hpp"
#include "cli/audit_shared.hpp"
#include "cli/command.hpp"
#include "cli/ledger_choice.hpp"
#include "ledger/sqlite/audit.hpp"
#include "runtime/clock.hpp"
#include "runtime/config_kinds.hpp"
#include "runtime/machine.hpp"

namespace firstcome::cli {
namespace {

namespace json = boost::json;

struct audit_options {
  std::filesystem::path data_dir = "./data";
  store_options stores;
  bool repair = false;
  bool json = false;
};

/// Asked first, because holding the folder for a repair would make it.
void check(const audit_options& o) {
  if (!std::filesystem::is_directory(o.data_dir))
    throw runtime::wrong_usage("--data-dir cannot be \"" + o.data_dir.string() +
                               "\": it may be the data folder of a node, and there is no such folder");
}

void print_json(const ledger::repair_report& found) {
  std::cout << json::serialize(json::object{{"agrees", found.left.agrees()},
                                            {"couponsChecked", found.left.coupons_checked},
                                            {"issuesChecked", found.left.issues_checked},
                                            {"differences", list_of(found.left.differences)},
                                            {"repaired", list_of(found.repaired)}})
            << "\n";
}

void print_text(const ledger::repair_report& found, const audit_options& o) {
  for (const std::string& sentence : found.repaired) std::cout << "repaired: " << sentence << "\n";
  for (const std::string& sentence : found.left.differences) std::cout << "differs: " << sentence << "\n";
  std::cout << "coupons checked: " << found.left.coupons_checked << ", issues checked: " << found.left.issues_checked
            << ". " << (found.left.agrees() ? "The books agree.\n" : "The books differ.\n");
  if (!found.left.agrees() && !o.repair)
    std::cout << "A wrong count can be mended with the node stopped: firstcome audit --repair --data-dir "
              << o.data_dir.string() << "\n";
}

int audit_folder(const audit_options& o) {
  check(o);
  ledger::repair_report found;
  if (o.repair) {
    runtime::keep_new_files_private();
    const ledger::data_folder held(o.data_dir);
    found = ledger::repair_ledger(held, at_command_line(), runtime::machine_clock().now());
  } else {
    found.left = ledger::audit_ledger({.folder = o.data_dir});
  }
  o.json ? print_json(found) : print_text(found, o);
  return found.left.agrees() ? exit_agree : exit_differ;
}

int audit(const audit_options& o, const runtime::config& settings) {
  if (folder_is_meant(settings)) return audit_folder(o);
  check_stores(o.stores);
  return audit_shared(o.stores, o.repair, o.json);
}

constexpr const char* audit_examples =
    R"(Compares each coupon's count with its issues, as sets: nobody twice, sequences dense, none too many. With --redis and
--database: gate, queue, dead letters and ledger, while nodes go on; a difference counts when it is seen twice.

Examples:
  firstcome audit --data-dir /var/lib/firstcome
  firstcome audit --json
  firstcome audit --repair          with the node stopped: sets counts to what the issues say, and deletes nothing
  FIRSTCOME_REDIS=… FIRSTCOME_DATABASE=… firstcome audit [--repair]

Exit codes: 0 the books agree, 1 they differ or cannot be read, 2 wrong usage.)";

}  // namespace

void add_audit(program& p) {
  const command app = p.add("audit", "compare the books of a data folder, or of Redis and the database");
  app.footer(audit_examples);
  auto options = std::make_shared<audit_options>();
  const runtime::config& bound = p.settings_of(app, [&](runtime::config& settings) {
    settings.group("Where");
    settings.add("data-dir", "the folder of an embedded ledger, unless Redis and a database are named",
                 runtime::path(options->data_dir, "FOLDER"));
    describe_stores(settings, options->stores);
  });
  p.warn_on_standard_error(bound);
  app.add_flag("--repair", options->repair, "mend what can be mended without deleting an issue");
  app.add_flag("--json", options->json, "print the report as JSON");
  p.on(app, [options, &bound] { return audit(*options, bound); });
}

}  // namespace firstcome::cli
