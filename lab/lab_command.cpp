// `firstcome lab` on the command line: runs the strategies one after the other, shows how far it is, and writes what it
// found. The runs themselves are in lab.

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/command.hpp"
#include "domain/time.hpp"
#include "lab/experiment/experiment.hpp"
#include "lab/experiment/explanations.hpp"
#include "lab/experiment/interruption.hpp"
#include "lab/experiment/report.hpp"
#include "lab/process/work_folder.hpp"
#include "runtime/config_kinds.hpp"
#include "runtime/machine.hpp"
#include "runtime/signals.hpp"

namespace firstcome::lab {
namespace {

using cli::command;
using cli::program;

constexpr const char* examples = R"(Examples:
  firstcome lab                                        every strategy, on one server and on two
  firstcome lab --strategies sync-mutex,sync-db-lock --servers 1,2,3
  firstcome lab --think-time-ms 2                      widens the gap in which the unsafe ones break
  firstcome lab --duration-s 10 --output-dir report    each is asked for ten seconds; lab.html, lab.json, lab.md

It starts a Redis and a MariaDB of its own (redis-server, mariadbd), unless --redis and --database name running ones, in
which it works in databases of its own. docs/strategies.md explains what you see. Ctrl-C ends it and tidies up.
Exit code 1: something broke that should hold, or held that should break.)";

struct lab_command {
  std::vector<std::string> strategies;
  std::vector<int> servers{1, 2};
  int users = 10'000;
  int quantity = 500;
  int everybody = 0;
  int connections = 256;
  int duration_s = 0;
  int store_threads = 16;
  int think_time_ms = 0;
  std::filesystem::path output_dir = "lab-report";
  runtime::secret redis, database;
};

std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

std::string joined_names() {
  std::string names;
  for (const lab::explanation& each : lab::explanations())
    names += (names.empty() ? "" : ",") + std::string(each.strategy);
  return names;
}

runtime::value_kind strategies_kind(std::vector<std::string>& into) {
  runtime::value_kind kind;
  kind.may_be = "all, or some of these, with commas: " + joined_names();
  kind.default_text = "all";
  kind.placeholder = "NAME,…";
  kind.take = [&into](const std::string& text) {
    into = parts_of(text == "all" ? joined_names() : text);
    return !into.empty() && std::all_of(into.begin(), into.end(),
                                        [](const std::string& name) { return lab::explanation_of(name) != nullptr; });
  };
  return kind;
}

runtime::value_kind servers_kind(std::vector<int>& into) {
  runtime::value_kind kind;
  kind.may_be = "numbers from 1 to 16, with commas";
  kind.default_text = "1,2";
  kind.placeholder = "N,…";
  kind.take = [&into](const std::string& text) {
    into.clear();
    for (const std::string& part : parts_of(text)) {
      const auto number = runtime::read_whole_number(part, 1, 16);
      if (!number) return false;
      into.push_back(static_cast<int>(*number));
    }
    return !into.empty();
  };
  return kind;
}

void describe_lab(runtime::config& settings, lab_command& o) {
  o.strategies = parts_of(joined_names());
  settings.group("What is compared");
  settings.add("strategies", "which ones: all, or names with commas; each is told about in docs/strategies.md",
               strategies_kind(o.strategies));
  settings.add("servers", "on how many servers each is run, one after the other; embedded is run on one",
               servers_kind(o.servers));
  settings.group("The crowd");
  settings.add("users", "who want the coupon; every twentieth asks twice at once",
               runtime::whole_number(o.users, 1, 10'000'000));
  settings.add("quantity", "how many coupons there are", runtime::whole_number(o.quantity, 1, 10'000'000));
  settings.add(
      "everybody",
      "afterwards each strategy once more, with so many users and a coupon for each, to compare what a yes costs; "
      "0: not",
      runtime::whole_number(o.everybody, 0, 10'000'000));
  settings.add("connections", "over which they ask, spread over the servers",
               runtime::whole_number(o.connections, 1, 20'000));
  settings.add("duration-s", "go on asking for so long; 0: until everybody was answered once",
               runtime::whole_number(o.duration_s, 0, 3600));
  settings.group("The servers");
  settings.add("store-threads", "threads of each server, each with connections to database and Redis",
               runtime::whole_number(o.store_threads, 1, 256));
  settings.add("think-time-ms", "what else the application does inside its transaction",
               runtime::whole_number(o.think_time_ms, 0, 10'000));
  settings.add("redis", "a running Redis; without it a private one is started", runtime::secret_text(o.redis));
  settings.add("database", "a running MariaDB or MySQL, as a user who may create databases; without it a private one",
               runtime::secret_text(o.database));
  settings.group("The report");
  settings.add("output-dir", "where lab.html, lab.json and lab.md are written", runtime::path(o.output_dir, "FOLDER"));
}

struct planned_run {
  std::string strategy;
  int servers;
  bool everybody = false;
};

std::vector<planned_run> plan_of(const lab_command& o) {
  std::vector<planned_run> plan;
  for (const std::string& strategy : o.strategies)
    for (const int servers : o.servers) {
      const bool again = strategy == "embedded" && !plan.empty() && plan.back().strategy == strategy;
      if (!again) plan.push_back({.strategy = strategy, .servers = strategy == "embedded" ? 1 : servers});
    }
  if (o.everybody == 0) return plan;
  const std::vector<planned_run> crowds = plan;
  for (const planned_run& run : crowds)
    plan.push_back({.strategy = run.strategy, .servers = run.servers, .everybody = true});
  return plan;
}

/// On a terminal a bar that stays on its line; otherwise a line for each run.
class progress_bar {
 public:
  explicit progress_bar(std::size_t runs) : runs_(runs), on_terminal_(isatty(STDERR_FILENO) != 0) {}

  void show(const std::string& what, double share) {
    if (!on_terminal_) return;
    constexpr int width = 30;
    const double whole = (static_cast<double>(done_) + share) / static_cast<double>(runs_);
    const int filled = std::clamp(static_cast<int>(whole * width), 0, width);
    std::cerr << "\r\033[K[" << std::string(static_cast<std::size_t>(filled), '#')
              << std::string(static_cast<std::size_t>(width - filled), ' ') << "] " << done_ + 1 << "/" << runs_ << " "
              << what << std::flush;
  }
  void finish(const std::string& what) {
    ++done_;
    clear();
    std::cerr << what << "\n";
  }
  void clear() {
    if (on_terminal_) std::cerr << "\r\033[K" << std::flush;
  }

 private:
  const std::size_t runs_;
  const bool on_terminal_;
  std::size_t done_ = 0;
};

std::string machine_text() {
  utsname system{};
  uname(&system);
  std::string model = "unknown CPU";
  std::ifstream cpus("/proc/cpuinfo");
  for (std::string line; std::getline(cpus, line);)
    if (line.starts_with("model name")) {
      model = line.substr(line.find(':') + 2);
      break;
    }
  return std::to_string(runtime::usable_cpus()) + " CPUs (" + model + "), " + system.sysname + " " + system.release;
}

lab::conditions conditions_of(const lab_command& o, lab::stores& on) {
  return {.users = o.users,
          .quantity = o.quantity,
          .everybody = o.everybody,
          .connections = o.connections,
          .store_threads = o.store_threads,
          .think_time_ms = o.think_time_ms,
          .duration_s = static_cast<double>(o.duration_s),
          .date = to_rfc3339(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())),
          .machine = machine_text(),
          .redis_version = on.redis_version(),
          .database_version = on.database_version(),
          .firstcome_version = FIRSTCOME_VERSION};
}

lab::experiment experiment_of(const lab_command& o, const planned_run& run) {
  const int users = run.everybody ? o.everybody : o.users;
  return {.nodes = {.strategy = run.strategy,
                    .servers = run.servers,
                    .connections = o.connections,
                    .store_threads = o.store_threads,
                    .think_time_ms = o.think_time_ms},
          .users = users,
          .quantity = run.everybody ? users : o.quantity,
          .duration_s = run.everybody ? 0 : static_cast<double>(o.duration_s)};
}

lab::findings carry_out_all(const lab_command& o, lab::stores& on, const std::filesystem::path& folder,
                            const std::filesystem::path& firstcome) {
  const std::vector<planned_run> plan = plan_of(o);
  progress_bar progress(plan.size());
  lab::findings all{.under = conditions_of(o, on), .crowd = {}, .everybody = {}};
  for (const planned_run& run : plan) {
    const std::string name =
        run.strategy + " on " + std::to_string(run.servers) + (run.everybody ? ", everybody gets one" : "");
    progress.show(name, 0);
    std::vector<lab::outcome>& found = run.everybody ? all.everybody : all.crowd;
    try {
      const std::filesystem::path here =
          folder / (run.strategy + "-" + std::to_string(run.servers) + (run.everybody ? "-everybody" : ""));
      const auto show = [&](double share) { progress.show(name, share); };
      found.push_back(lab::carry_out(experiment_of(o, run), on, here, firstcome, show));
    } catch (...) {
      progress.clear();
      throw;
    }
    progress.finish(name + ": " + to_string(found.back().verdict));
  }
  return all;
}

void write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::string in_parts(const lab::findings& all, std::string (*to_text)(const std::vector<lab::outcome>&)) {
  if (all.everybody.empty()) return to_text(all.crowd);
  return to_text(all.crowd) + "\nEverybody gets one: " + std::to_string(all.under.everybody) +
         " users, as many coupons.\n\n" + to_text(all.everybody);
}

/// Where everybody gets one, what is unsafe has less to break, and may hold.
bool is_as_expected(const lab::findings& all) {
  const auto should = [](const lab::outcome& o) { return lab::should_hold(o.strategy, o.servers); };
  return std::all_of(all.crowd.begin(), all.crowd.end(),
                     [&](const lab::outcome& o) { return o.verdict.holds() == should(o); }) &&
         std::all_of(all.everybody.begin(), all.everybody.end(),
                     [&](const lab::outcome& o) { return o.verdict.holds() || !should(o); });
}

int run_lab(const lab_command& o) {
  lab::note_interruptions();
  runtime::ignore_broken_pipes();
  runtime::raise_open_files_limit();
  std::filesystem::create_directories(o.output_dir);
  const std::filesystem::path firstcome = std::filesystem::read_symlink("/proc/self/exe").replace_filename("firstcome");
  const lab::work_folder folder;
  lab::stores on({.redis = std::string(o.redis.reveal()), .database = std::string(o.database.reveal())}, folder.path(),
                 firstcome);
  std::cerr << o.users << " users, " << o.quantity << " coupons, " << o.connections << " connections; Redis "
            << on.redis_version() << ", " << on.database_version() << "\n";
  const lab::findings all = carry_out_all(o, on, folder.path(), firstcome);
  write_file(o.output_dir / "lab.html", to_html(all));
  write_file(o.output_dir / "lab.json", to_json(all));
  write_file(o.output_dir / "lab.md", in_parts(all, lab::to_markdown));
  std::cout << "\n"
            << in_parts(all, lab::to_table)
            << "\nCPU is for each request. The report: " << (o.output_dir / "lab.html").string() << "\n";
  return is_as_expected(all) ? 0 : 1;
}

}  // namespace

void add_experiments(cli::program& p) {
  const command app = p.add("lab", "run every strategy under the same crowd, and judge them");
  app.footer(examples);
  auto options = std::make_shared<lab_command>();
  runtime::config& settings = p.settings_of(app, [&](runtime::config& s) { describe_lab(s, *options); });
  p.warn_on_standard_error(settings);
  p.on(app, [options] { return run_lab(*options); });
}

}  // namespace firstcome::lab
