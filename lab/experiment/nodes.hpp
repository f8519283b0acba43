#pragma once

// The servers of one run: real processes of this very program, on free ports.
//
//   a strategy of the lab   firstcome api --lab --strategy …   as many as wanted
//   async-batch             firstcome api, as many, and one firstcome worker
//   embedded                firstcome serve, one

#include <memory>
#include <vector>

#include "lab/experiment/stores.hpp"
#include "lab/load/closed_loop.hpp"

namespace firstcome::lab {

struct node_settings {
  std::string strategy;
  int servers = 1;
  int connections = 256;   // that one of them may get
  int store_threads = 16;  // of each server: so many connections to the database
  int think_time_ms = 0;
};

class nodes {
 public:
  /// They listen when this returns. Throws std::runtime_error with the end of a log.
  nodes(const node_settings& with, stores& on, const std::filesystem::path& folder,
        const std::filesystem::path& firstcome);

  const std::vector<load::endpoint>& addresses() const { return addresses_; }
  const std::string& admin_token() const { return admin_token_; }
  /// Of servers and workers.
  std::chrono::milliseconds cpu_time() const;
  /// Ends them in order. Throws std::runtime_error with the end of a log when one does not leave as it should.
  void stop();
  /// A sentence when one of them has ended by itself.
  std::string who_ended();

 private:
  struct program {
    std::string name;
    std::filesystem::path log;
    std::unique_ptr<child_process> process;
  };

  void start_api(int number);
  void start_worker();
  void start_serve();
  void start(const std::string& name, std::vector<std::string> arguments,
             std::map<std::string, std::string> environment);
  std::map<std::string, std::string> environment_of(const std::string& database) const;
  void wait_for_port(program& of);

  const node_settings settings_;
  stores& stores_;
  const std::filesystem::path folder_;
  const std::filesystem::path firstcome_;
  std::string admin_token_;
  std::vector<program> programs_;
  std::vector<load::endpoint> addresses_;
};

}  // namespace firstcome::lab
