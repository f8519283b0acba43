#pragma once

// `firstcome worker`: moves admissions from the queue into the ledger.

#include "cli/http_options.hpp"
#include "cli/store_options.hpp"

namespace firstcome::cli {

struct worker_options {
  endpoint listen{boost::asio::ip::address_v4::loopback(), 8081};
  std::filesystem::path port_file;  // empty: none is written
  store_options stores;
  int threads = 2;
  int batch_rows = 5000;
  std::chrono::milliseconds drain_timeout{10000};
  int retention_days = 7;
  runtime::log::options log;
  std::vector<std::string> warnings;
};

int run_worker(const worker_options& options);

}  // namespace firstcome::cli
