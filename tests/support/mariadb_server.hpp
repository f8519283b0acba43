#pragma once

// A real MariaDB server of the test's own: on a free port of 127.0.0.1, with its data in a folder that goes away with
// it, ended by its process id and no other way. Up in about 0.2 s: the empty data folder is made once per build
// directory and copied. Durable as in production (every commit is synced).
//
// Its administrator is `root` without a password, over TCP as over the socket. Use it on the test's main thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {

class mariadb_server {
 public:
  /// How it is started when the plain way is not enough (a node of a cluster).
  struct start_settings {
    std::vector<std::string> program = {};    // instead of the one that all tests start
    std::vector<std::string> arguments = {};  // after ours, so that they win
    std::map<std::string, std::string> environment = {};
    std::optional<unsigned> user = {};  // whom the process and its folder belong to; for who is root
  };

  /// `arguments` stand after ours, so that they win: {"--log-bin", "--innodb-lock-wait-timeout=1"}. Answers once the
  /// server does; throws with the end of its log when it does not.
  explicit mariadb_server(std::vector<std::string> arguments = {})
      : mariadb_server(start_settings{.arguments = std::move(arguments)}) {}
  explicit mariadb_server(start_settings how);
  /// When the server ended although nobody asked it to, the end of its log is shown: a test that failed failed by it.
  ~mariadb_server();
  mariadb_server(const mariadb_server&) = delete;
  mariadb_server& operator=(const mariadb_server&) = delete;

  std::uint16_t port() const { return port_; }
  std::string socket() const { return (folder_.path() / "socket").string(); }
  const std::filesystem::path& folder() const { return folder_.path(); }
  /// mysql://user:password@127.0.0.1:port/database
  std::string url(const std::string& database, const std::string& user = "root",
                  const std::string& password = "") const;

  /// A new and empty database; answers its name.
  std::string make_database();
  /// One statement as root, over the socket. Throws what the server says.
  void execute(const std::string& sql, const std::string& database = "");
  /// The rows' columns as text, NULL as "NULL".
  std::vector<std::vector<std::string>> rows(const std::string& sql, const std::string& database = "");
  /// The first column of the first row; empty without rows.
  std::string value(const std::string& sql, const std::string& database = "");

  // Faults. The port and the data stay the same.
  void kill_hard();  // SIGKILL
  std::optional<exit_status> terminate(std::chrono::milliseconds within = std::chrono::seconds(30));
  /// Up again after either of these, with these arguments instead from now on when they are given.
  void start();
  void start(std::vector<std::string> arguments);
  void launch();  // without waiting for it
  /// The next start is one of this program, with what stands before its arguments: another version, which takes the
  /// data over. The server must have ended in order.
  void become(std::vector<std::string> program, const std::vector<std::string>& more_arguments);
  void pause();   // SIGSTOP: it is there and does not answer
  void resume();  // SIGCONT
  bool answers() const;

  std::string log() const { return text_of(folder_.path() / "log"); }

 private:
  child_command command() const;
  bool start_once();

  void give_folder_away() const;

  temporary_directory folder_;
  start_settings how_;
  std::uint16_t port_ = 0;
  std::unique_ptr<child_process> process_;
  bool ended_on_purpose_ = false;
  int databases_made_ = 0;
};

/// The one server that the tests of this process share, started by the first who asks: for tests that do it no harm,
/// each in a database of its own.
mariadb_server& shared_mariadb();

}  // namespace firstcome::testing
