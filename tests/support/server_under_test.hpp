#pragma once

// The real binary, started as `firstcome serve` on a free port with a data folder of its own (or as another node, which
// has none). It can be stopped, killed and started again on the same folder. Start it on the test's main thread (see
// child_process.hpp).

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/child_process.hpp"
#include "support/http_client.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {

/// The program under test: what the build made, or the one that FIRSTCOME_TEST_BINARY names (a release build, a planted
/// mistake).
std::string firstcome_program();

struct server_options {
  std::string node = "serve";                           // the sub-command: serve, api or worker
  std::vector<std::string> flags = {};                  // besides --listen, --port-file, --data-dir
  std::map<std::string, std::string> environment = {};  // for example FIRSTCOME_TEST_CLOCK_OFFSET_MS
  std::filesystem::path data_dir = {};                  // empty: a folder inside the server's temporary directory
  std::string listen = "127.0.0.1:0";
  bool await_ready = true;  // false: it is enough that it listens, for example while a store that it needs is down
};

class server_under_test {
 public:
  /// Starts it and waits until it is ready (or listens); throws with its standard error when it is not in time.
  explicit server_under_test(server_options options = {});
  ~server_under_test();

  /// Starts again on the same folder, as after a kill or a stop. The port is a new one.
  void start();
  void start(std::map<std::string, std::string> environment);
  /// The same, and it is enough that it listens: while a store is down.
  void start_unready();
  /// The same without waiting: `listening` tells when it does.
  void launch();
  /// It runs, and takes clients on `port`.
  bool listening();

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return process_->pid(); }
  const std::filesystem::path& data_dir() const { return options_.data_dir; }
  std::filesystem::path database() const { return options_.data_dir / "firstcome.db"; }
  std::string admin_token() const;
  /// What `serve` would be started with: for a second one on the same folder.
  child_command command() const;

  /// The base address, for `--url` of other programs.
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  bool ready() const { return client().get("/readyz").status == 200; }
  void send_signal(int signal) { process_->send_signal(signal); }
  /// SIGKILL, and waits until it is gone.
  void kill_hard();
  std::optional<exit_status> wait(std::chrono::milliseconds within) { return process_->wait(within); }
  /// SIGTERM, and how it ended; nothing when it did not within the time.
  std::optional<exit_status> terminate(std::chrono::milliseconds within = std::chrono::milliseconds(20'000));
  bool running() { return process_ && process_->running(); }

  /// Its memory was taken away: a sanitizer that finds none for itself says so, too, and is no fault of the node.
  void lacked_memory() { lacked_memory_ = true; }
  /// As sanitizer_report_in, of every start so far.
  std::string sanitizer_report() const;

  /// Standard error of every start so far; standard output likewise.
  std::string err() const { return text_of(folder_.path() / "stderr"); }
  std::string out() const { return text_of(folder_.path() / "stdout"); }

  http_client client() const { return http_client(port_); }
  http_client admin() const { return http_client(port_, admin_token()); }

 private:
  void wait_until_ready();

  temporary_directory folder_;
  server_options options_;
  std::unique_ptr<child_process> process_;
  std::uint16_t port_ = 0;
  bool lacked_memory_ = false;
};

/// What a sanitizer wrote, from its first line on; empty when there was none.
std::string sanitizer_report_in(const std::string& text);

/// Ends the server with SIGTERM and expects exit code 0 and no sanitizer's report. Every test's last step.
void expect_clean_stop(server_under_test& server);

}  // namespace firstcome::testing
