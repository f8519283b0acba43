#include "support/mariadb_server.hpp"

#include <fcntl.h>
#include <mysql.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "lab/process/free_port.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// MySQL's first administrator may come over the socket only. One statement a line.
constexpr const char* root_over_tcp =
    "CREATE USER IF NOT EXISTS 'root'@'127.0.0.1' IDENTIFIED BY '';\n"
    "GRANT ALL ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n";

fs::path program(const std::string& name) {
  for (const char* folder : {"/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"})
    if (access((fs::path(folder) / name).c_str(), X_OK) == 0) return fs::path(folder) / name;
  throw std::runtime_error(name + " is not installed (Debian's package mariadb-server has it)");
}

/// Debian's MariaDB, or the server of another version or of MySQL that FIRSTCOME_TEST_MARIADBD names: docs/stores.md.
fs::path server_program() {
  const char* named = std::getenv("FIRSTCOME_TEST_MARIADBD");
  return named != nullptr ? fs::path(named) : program("mariadbd");
}

/// As a name of a file.
std::string server_version() {
  const fs::path server = server_program();
  std::string text = run_to_end({.arguments = {server.string(), "--no-defaults", "--version"}}).out;
  if (const auto version = text.find("Ver "); version != std::string::npos) text.erase(0, version);
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-') c = '_';
  return text.substr(0, 100);
}

bool is_mysql() {
  static const bool found = server_version().find("MariaDB") == std::string::npos;
  return found;
}

/// What makes its data folders stands beside a server that was named.
fs::path install_program() {
  const char* named = std::getenv("FIRSTCOME_TEST_MARIADBD");
  return named != nullptr ? fs::path(named).parent_path() / "mariadb-install-db" : program("mariadb-install-db");
}

/// What the data folder was made with; small, so that it is copied quickly.
std::vector<std::string> folder_arguments(const fs::path& data) {
  if (is_mysql())
    return {"--no-defaults", "--datadir=" + data.string(), "--innodb-redo-log-capacity=16M",
            "--secure-file-priv=NULL"};  // or it wants the package's folder
  std::vector<std::string> arguments = {"--no-defaults", "--datadir=" + data.string(), "--innodb-log-file-size=8M",
                                        "--innodb-data-file-path=ibdata1:3M:autoextend",
                                        "--innodb-autoextend-increment=1"};
  return arguments;
}

/// Held by one process at a time, for as long as this lives.
class folder_lock {
 public:
  explicit folder_lock(const fs::path& file) : fd_(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd_ < 0 || flock(fd_, LOCK_EX) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot lock " + file.string());
  }
  ~folder_lock() { close(fd_); }
  folder_lock(const folder_lock&) = delete;
  folder_lock& operator=(const folder_lock&) = delete;

 private:
  int fd_;
};

void make_template(const fs::path& into) {
  const fs::path draft = into.string() + ".draft";
  fs::remove_all(draft);
  const fs::path temporary = into.string() + ".tmp";
  fs::create_directories(temporary);
  child_command command{.arguments = folder_arguments(draft)};
  command.arguments.push_back("--tmpdir=" + temporary.string());
  command.arguments.insert(command.arguments.begin(), (is_mysql() ? server_program() : install_program()).string());
  if (geteuid() == 0) command.arguments.push_back("--user=root");
  if (is_mysql())
    command.arguments.push_back("--initialize-insecure");
  else
    command.arguments.insert(command.arguments.end(),
                             {"--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"});
  const finished_child made = run_to_end(command, patience);
  if (made.status != exited_with(0))
    throw std::runtime_error("the server's data folder was not made:\n" + made.out + made.err);
  fs::rename(draft, into);
}

/// The empty data folder that is copied for each server; made by the first who needs it, once per build directory.
fs::path template_folder() {
  const fs::path build = fs::path(FIRSTCOME_BINARY).parent_path();
  const fs::path folder = build / ("mariadb-data-" + server_version());
  if (fs::exists(folder)) return folder;
  const folder_lock alone(build / "mariadb-data.lock");
  if (!fs::exists(folder)) make_template(folder);
  return folder;
}

/// Straight over the client library: the tests' own eye, apart from the code that they judge.
class root_connection {
 public:
  root_connection(const std::string& socket, const std::string& database) : handle_(mysql_init(nullptr)) {
    const unsigned timeout_s = 10;
    mysql_options(handle_, MYSQL_OPT_CONNECT_TIMEOUT, &timeout_s);
    mysql_options(handle_, MYSQL_OPT_READ_TIMEOUT, &timeout_s);
    mysql_options(handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    connected_ = mysql_real_connect(handle_, nullptr, "root", "", database.empty() ? nullptr : database.c_str(), 0,
                                    socket.c_str(), 0) != nullptr;
  }
  ~root_connection() { mysql_close(handle_); }
  root_connection(const root_connection&) = delete;
  root_connection& operator=(const root_connection&) = delete;

  bool connected() const { return connected_; }

  std::vector<std::vector<std::string>> rows(const std::string& sql) {
    if (!connected_ || mysql_real_query(handle_, sql.data(), sql.size()) != 0) fail(sql);
    std::vector<std::vector<std::string>> all;
    MYSQL_RES* found = mysql_store_result(handle_);
    if (found == nullptr && mysql_errno(handle_) != 0) fail(sql);
    while (MYSQL_ROW row = found != nullptr ? mysql_fetch_row(found) : nullptr) {
      const unsigned long* lengths = mysql_fetch_lengths(found);
      auto& columns = all.emplace_back();
      for (unsigned i = 0; i < mysql_num_fields(found); ++i)
        columns.push_back(row[i] == nullptr ? "NULL" : std::string(row[i], lengths[i]));
    }
    if (found != nullptr) mysql_free_result(found);
    return all;
  }

 private:
  [[noreturn]] void fail(const std::string& sql) {
    throw std::runtime_error(std::string(mysql_error(handle_)) + " in: " + sql.substr(0, 1000));
  }

  MYSQL* handle_;
  bool connected_ = false;
};

}  // namespace

mariadb_server::mariadb_server(start_settings how) : how_(std::move(how)) {
  fs::copy(template_folder(), folder_.path() / "data", fs::copy_options::recursive);
  fs::create_directory(folder_.path() / "tmp");
  if (how_.user) give_folder_away();
  for (int attempt = 0; attempt < 5; ++attempt) {
    port_ = lab::free_port();
    if (start_once()) return;
    if (log().find("Address already in use") == std::string::npos) break;
  }
  throw std::runtime_error("mariadbd did not start:\n" + log());
}

mariadb_server::~mariadb_server() {
  if (process_ == nullptr || ended_on_purpose_ || process_->running()) return;
  const std::string text = log();
  std::cerr << "mariadbd ended by itself. The end of its log:\n"
            << text.substr(text.size() - std::min<std::size_t>(text.size(), 8000));
}

void mariadb_server::give_folder_away() const {
  const auto give = [this](const fs::path& path) {
    if (lchown(path.c_str(), *how_.user, *how_.user) != 0)
      throw std::system_error(errno, std::generic_category(), "cannot give away " + path.string());
  };
  give(folder_.path());
  for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) give(entry.path());
}

child_command mariadb_server::command() const {
  child_command command{.arguments = folder_arguments(folder_.path() / "data")};
  const std::vector<std::string> server =
      how_.program.empty() ? std::vector<std::string>{server_program().string()} : how_.program;
  command.arguments.insert(command.arguments.begin(), server.begin(), server.end());
  if (how_.user) {
    const std::string id = std::to_string(*how_.user);
    command.arguments.insert(command.arguments.begin(),
                             {"/usr/bin/setpriv", "--reuid=" + id, "--regid=" + id, "--clear-groups",
                              "--pdeathsig=KILL"});  // another user's child forgets whom it was to follow
  } else if (geteuid() == 0) {
    command.arguments.push_back("--user=root");
  }
  command.environment = how_.environment;
  // A folder of its own: a mariadbd that starts removes what others have in theirs
  // (findings/mariadb-start-removes-tables.sh).
  command.arguments.push_back("--tmpdir=" + (folder_.path() / "tmp").string());
  command.arguments.insert(
      command.arguments.end(),
      {"--socket=" + socket(), "--pid-file=" + (folder_.path() / "pid").string(), "--port=" + std::to_string(port_),
       "--bind-address=127.0.0.1", "--skip-name-resolve", "--performance-schema=OFF", "--innodb-buffer-pool-size=32M",
       "--innodb-buffer-pool-load-at-startup=OFF", "--innodb-buffer-pool-dump-at-shutdown=OFF",
       "--innodb-fast-shutdown=2", "--innodb-temp-data-file-path=ibtmp1:1M:autoextend", "--key-buffer-size=64K",
       "--character-set-server=utf8mb4"});
  if (is_mysql()) {
    std::ofstream(folder_.path() / "init.sql") << root_over_tcp;
    command.arguments.insert(command.arguments.end(),
                             {"--mysqlx=OFF", "--innodb-temp-data-file-path=ibtmp1:12M:autoextend",
                              "--init-file=" + (folder_.path() / "init.sql").string()});
  } else {
    command.arguments.push_back("--aria-pagecache-buffer-size=8M");
  }
  command.arguments.insert(command.arguments.end(), how_.arguments.begin(), how_.arguments.end());
  command.stdout_file = command.stderr_file = folder_.path() / "log";
  return command;
}

void mariadb_server::launch() {
  ended_on_purpose_ = false;
  process_ = std::make_unique<child_process>(command());
}

bool mariadb_server::start_once() {
  launch();
  const bool decided = eventually([this] { return !process_->running() || answers(); });
  return decided && process_->running();
}

void mariadb_server::start() {
  if (!start_once()) throw std::runtime_error("mariadbd did not start again:\n" + log());
}

void mariadb_server::start(std::vector<std::string> arguments) {
  how_.arguments = std::move(arguments);
  start();
}

void mariadb_server::become(std::vector<std::string> program, const std::vector<std::string>& more_arguments) {
  how_.program = std::move(program);
  how_.arguments.insert(how_.arguments.end(), more_arguments.begin(), more_arguments.end());
}

bool mariadb_server::answers() const {
  return root_connection(socket(), "").connected();
}

std::string mariadb_server::url(const std::string& database, const std::string& user,
                                const std::string& password) const {
  return "mysql://" + user + (password.empty() ? "" : ":" + password) + "@127.0.0.1:" + std::to_string(port_) + "/" +
         database;
}

std::string mariadb_server::make_database() {
  const std::string name = "test_" + std::to_string(++databases_made_);
  execute("CREATE DATABASE " + name + " CHARACTER SET utf8mb4");
  return name;
}

void mariadb_server::execute(const std::string& sql, const std::string& database) {
  rows(sql, database);
}

std::vector<std::vector<std::string>> mariadb_server::rows(const std::string& sql, const std::string& database) {
  return root_connection(socket(), database).rows(sql);
}

std::string mariadb_server::value(const std::string& sql, const std::string& database) {
  const auto all = rows(sql, database);
  return all.empty() ? "" : all.front().front();
}

void mariadb_server::kill_hard() {
  ended_on_purpose_ = true;
  process_->send_signal(SIGKILL);
  process_->wait(patience);
}

std::optional<exit_status> mariadb_server::terminate(std::chrono::milliseconds within) {
  ended_on_purpose_ = true;
  process_->send_signal(SIGTERM);
  return process_->wait(within);
}

void mariadb_server::pause() {
  process_->send_signal(SIGSTOP);
}

void mariadb_server::resume() {
  process_->send_signal(SIGCONT);
}

mariadb_server& shared_mariadb() {
  static mariadb_server server;
  return server;
}

}  // namespace firstcome::testing
