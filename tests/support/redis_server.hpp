#pragma once

// A real Redis of the test's own: on a free port of 127.0.0.1, with its data in a temporary folder, `appendfsync
// always` unless told otherwise. It is up once the constructor returns, and gone with the object.
//
// Start it on the test's main thread (see child_process). `command` may be used from any thread, one at a time.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "redis/reply.hpp"
#include "support/child_process.hpp"
#include "support/temporary_directory.hpp"

struct redisContext;

namespace firstcome::testing {

class redis_server {
 public:
  /// `arguments` come last, so that they override the defaults: {"--appendfsync", "everysec"}. Throws when redis-server
  /// does not come up.
  explicit redis_server(std::vector<std::string> arguments = {});
  ~redis_server();

  std::uint16_t port() const { return port_; }
  std::uint16_t bus_port() const { return bus_port_; }  // of a cluster's nodes among themselves
  std::string address() const;                          // 127.0.0.1:port
  std::string url() const;                              // redis://127.0.0.1:port; without a password
  pid_t pid() const { return process_->pid(); }
  const std::filesystem::path& folder() const { return folder_.path(); }
  bool running() { return process_ && process_->running(); }

  /// One command, on a connection of the tests (with the password of `--requirepass`). An error reply is a reply.
  /// Throws when there is no answer within ten seconds.
  redis::reply command(const std::vector<std::string>& words);
  /// For scripts of a test: `command` with text(), and an error reply is thrown.
  std::string ask(const std::vector<std::string>& words);

  void kill();       // SIGKILL: nothing is flushed
  void shut_down();  // SIGTERM: in order
  void forget();     // removes the data of a server that does not run
  void start();      // again, on the same port and with the data that is there; waits until it answers
  /// The next start is one of this program, with what stands before its arguments: another version, or a kin.
  void become(std::vector<std::string> program) { program_ = std::move(program); }
  void pause();  // SIGSTOP: connections stay open and nothing is answered
  void resume();

 private:
  void choose_ports();
  void launch();
  bool answers();
  bool came_up();
  redisContext* connection();
  void disconnect();

  temporary_directory folder_;
  std::vector<std::string> program_;
  std::vector<std::string> arguments_;
  std::string password_;
  std::uint16_t port_ = 0;
  std::uint16_t bus_port_ = 0;
  std::unique_ptr<child_process> process_;
  std::mutex one_at_a_time_;
  redisContext* connection_ = nullptr;
};

}  // namespace firstcome::testing
