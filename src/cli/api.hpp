#pragma once

// `firstcome api`: a stateless node of the distributed shape. The settings, typed and checked; api_node.cpp wires the
// layers together with them.

#include "cli/http_options.hpp"
#include "cli/store_options.hpp"
#include "issuing/strategy_name.hpp"

namespace firstcome::cli {

/// A node of the lab: docs/strategies.md.
struct lab_options {
  bool on = false;
  issuing::strategy_name strategy = issuing::strategy_name::async_batch;
  std::chrono::milliseconds think_time{0};
  std::chrono::milliseconds lock_lease{3000};
};

struct api_options : http_options {
  store_options stores;
  lab_options lab;
  int backlog_max = 1'000'000;  // admissions of a coupon that may wait for the ledger
  int store_threads = 4;        // for what operators do and what is looked up
};

void describe(runtime::config& settings, api_options& options);
/// As check_http; also looks at the stores' URLs and asks for an admin token.
void check(api_options& options);

class program;
/// The sub-command `api`, which ends with `run`: that of firstcome, or that of firstcome-lab.
void add_api_that_runs(program& p, int (*run)(const api_options&));

/// Runs until asked to leave; answers the process's exit code. Throws for what fails at start.
int run_api(const api_options& options);

}  // namespace firstcome::cli
