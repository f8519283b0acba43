#pragma once

// `firstcome serve`: API, gate and ledger in one process. The settings, typed and checked; serve.cpp wires the layers
// together with them.

#include "cli/http_options.hpp"

namespace firstcome::cli {

struct serve_options : http_options {
  std::filesystem::path data_dir = "./data";

  // The admin token, when none is given; made at first start.
  std::filesystem::path admin_token_file() const { return data_dir / "admin.token"; }
};

/// Describes the settings; `options` takes their values when `settings` is resolved.
void describe(runtime::config& settings, serve_options& options);

/// As check_http; also looks at the data folder.
void check(serve_options& options);

/// Runs until asked to leave; answers the process's exit code. Throws for what fails at start.
int run_serve(const serve_options& options);

}  // namespace firstcome::cli
