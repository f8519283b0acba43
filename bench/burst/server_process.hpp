#pragma once

// A `firstcome serve` of our own on a free port, in a folder that is gone afterwards.

#include <filesystem>
#include <memory>
#include <string>

#include "lab/process/programs.hpp"
#include "lab/process/work_folder.hpp"

namespace firstcome::burst {

class server_process {
 public:
  /// Returns once the port is known and the admin token readable. Throws std::runtime_error with the end of the
  /// server's log when that does not happen within 20 seconds.
  server_process(const std::filesystem::path& binary, int connections);
  server_process(const server_process&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  const std::string& admin_token() const { return token_; }

 private:
  void wait_until_ready();

  const lab::work_folder folder_;
  std::unique_ptr<lab::child_process> process_;  // asked to stop in the end, and waited for, at most ten seconds
  int port_ = 0;
  std::string token_;
};

}  // namespace firstcome::burst
