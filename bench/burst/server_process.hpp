#pragma once

// A `firstcome serve` of our own on a free port, in a folder that is gone afterwards.

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace firstcome::burst {

class server_process {
 public:
  /// Returns once the port is known and the admin token readable. Throws std::runtime_error with the end of the
  /// server's log when that does not happen within 20 seconds.
  server_process(const std::filesystem::path& binary, int connections);
  server_process(const server_process&) = delete;
  /// Asks it to stop and waits, at most ten seconds.
  ~server_process();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const std::string& admin_token() const { return token_; }

 private:
  void start(const std::filesystem::path& binary, int connections);
  void wait_until_ready();
  void stop();

  std::filesystem::path folder_;
  pid_t pid_ = -1;
  int port_ = 0;
  std::string token_;
};

}  // namespace firstcome::burst
