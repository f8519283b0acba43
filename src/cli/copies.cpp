// `firstcome backup` and `firstcome restore`: one consistent copy of an embedded node's ledger while it serves, and the
// way back. The copy is one snapshot (VACUUM INTO), so a ledger that is written all the time cannot starve it.

#include <fcntl.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <system_error>

#include "cli/command.hpp"
#include "ledger/sqlite/audit.hpp"
#include "ledger/sqlite/data_folder.hpp"
#include "ledger/sqlite/schema.hpp"
#include "runtime/config_kinds.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::cli {
namespace {

namespace fs = std::filesystem;
namespace schema = ledger::sqlite_schema;

struct copy_options {
  fs::path data_dir = "./data";
  std::string file;
  bool replace = false;
};

void sync(const fs::path& what) {
  const int fd = open(what.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const int why = errno;
  if (fd >= 0) close(fd);
  if (!synced) throw std::system_error(why, std::generic_category(), what.string() + " cannot be synced");
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// A temporary folder beside the copy, in which it is looked at as a ledger; gone with this object.
class trial_folder {
 public:
  explicit trial_folder(const fs::path& beside) : path_(beside.string() + ".part") {
    fs::remove_all(path_);
    fs::create_directory(path_);
    fs::permissions(path_, fs::perms::owner_all);
  }
  ~trial_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  trial_folder(const trial_folder&) = delete;
  trial_folder& operator=(const trial_folder&) = delete;
  const fs::path& path() const { return path_; }
  fs::path ledger() const { return path_ / schema::file_name; }

 private:
  fs::path path_;
};

/// Throws when the books in the folder do not agree; answers how many issues they hold.
std::int64_t checked(const fs::path& folder, const std::string& what) {
  const ledger::audit_report report = ledger::audit_ledger({.folder = folder});
  if (report.differences.empty()) return report.issues_checked;
  for (const std::string& difference : report.differences) std::cerr << difference << "\n";
  throw std::runtime_error("the books of " + what + " do not agree (see above); nothing was changed");
}

void snapshot(const fs::path& from, const fs::path& to) {
  sql::connection db(from.string(), sql::open_mode::read_only);
  schema::check(db, from.string());
  sql::statement vacuum(db.handle(), "VACUUM INTO ?1");
  vacuum.bind(1, to.string()).run();
  fs::permissions(to, fs::perms::owner_read | fs::perms::owner_write);
  sync(to);
}

int back_up(const copy_options& o) {
  const fs::path source = o.data_dir / schema::file_name;
  const fs::path target = o.file;
  if (!fs::exists(source)) throw runtime::wrong_usage("there is no ledger at " + source.string() + "; give --data-dir");
  if (fs::exists(target)) throw runtime::wrong_usage(target.string() + " is there already, and is not overwritten");
  const trial_folder trial(target);
  std::cerr << "firstcome: copying " << source.string() << "\n";
  snapshot(source, trial.ledger());
  std::cerr << "firstcome: checking the copy\n";
  const std::int64_t issues = checked(trial.path(), "the copy");
  fs::rename(trial.ledger(), target);
  sync(folder_of(target));
  std::cout << target.string() << " holds the ledger as one snapshot: " << issues << " issues, the books agree.\n"
            << "It does not hold the admin token: keep that by itself.\n";
  return 0;
}

bool holds_a_ledger(const fs::path& folder) {
  for (const char* end : {"", "-wal", "-shm"})
    if (fs::exists(folder / (std::string(schema::file_name) + end))) return true;
  return false;
}

/// What is there is kept, whole, under another name: an old write-ahead log must never win over the restored file.
void move_aside(const fs::path& folder) {
  const fs::path aside = folder / "replaced";
  if (fs::exists(aside))
    throw std::runtime_error(aside.string() + " is there from an earlier restore; move it away first");
  fs::create_directory(aside);
  for (const char* end : {"-wal", "-shm", ""}) {
    const std::string name = std::string(schema::file_name) + end;
    if (fs::exists(folder / name)) fs::rename(folder / name, aside / name);
  }
  sync(aside);
  sync(folder);
  std::cerr << "firstcome: the ledger that was there lies in " << aside.string() << "\n";
}

int restore(const copy_options& o) {
  const fs::path source = o.file;
  if (!fs::exists(source)) throw runtime::wrong_usage("there is no file " + source.string());
  const ledger::data_folder held(o.data_dir);
  if (holds_a_ledger(held.path()) && !o.replace)
    throw runtime::wrong_usage(held.path().string() +
                               " holds a ledger already: restore into an empty folder, or give --replace, which keeps "
                               "the old one in the folder replaced");
  const trial_folder trial(held.path() / "restored");
  fs::copy_file(source, trial.ledger());
  fs::permissions(trial.ledger(), fs::perms::owner_read | fs::perms::owner_write);
  sync(trial.ledger());
  const std::int64_t issues = checked(trial.path(), source.string());
  if (holds_a_ledger(held.path())) move_aside(held.path());
  fs::rename(trial.ledger(), held.path() / schema::file_name);
  sync(held.path());
  std::cout << held.path().string() << " holds the ledger of " << source.string() << ": " << issues
            << " issues, the books agree.\n";
  return 0;
}

constexpr const char* backup_examples =
    R"(The node may be serving meanwhile. The copy is one snapshot, checked before it gets its name; a file that is there is
never overwritten.

Examples:
  firstcome backup --data-dir ./data /backup/firstcome-2026-12-05.db)";

constexpr const char* restore_examples =
    R"(Stop the node first. The file is checked, and the folder's own ledger is never overwritten.

Examples:
  firstcome restore --data-dir ./data /backup/firstcome-2026-12-05.db            into an empty folder
  firstcome restore --data-dir ./data --replace /backup/firstcome-2026-12-05.db  the old one is kept in ./data/replaced)";

void add_copy(program& p, const std::string& name, const std::string& description, const char* examples,
              int (*work)(const copy_options&), const std::string& file_help, bool may_replace) {
  const command app = p.add(name, description);
  app.footer(examples);
  auto options = std::make_shared<copy_options>();
  const runtime::config& settings = p.settings_of(app, [&](runtime::config& s) {
    s.group("Where");
    s.add("data-dir", "the node's folder", runtime::path(options->data_dir, "FOLDER"));
  });
  p.warn_on_standard_error(settings);
  app.add_option("file", options->file, file_help).shown_as("FILE").required();
  if (may_replace) app.add_flag("--replace", options->replace, "move a ledger that is there aside, and keep it");
  p.on(app, [options, work] { return work(*options); });
}

}  // namespace

void add_backup(program& p) {
  add_copy(p, "backup", "copy an embedded ledger while its node serves", backup_examples, back_up,
           "where the copy goes; must not be there yet", false);
}

void add_restore(program& p) {
  add_copy(p, "restore", "put a backup into an embedded node's folder", restore_examples, restore, "the backup", true);
}

}  // namespace firstcome::cli
