#pragma once

// What `firstcome serve`, `api` and `worker` have in common: a list of parts, which starts when everything is there and
// is taken down, within bounds, when the process is asked to leave. Thread safety: the main thread only.

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/listen_address.hpp"
#include "runtime/component_list.hpp"

namespace firstcome::cli {

class node {
 public:
  virtual ~node() = default;
  /// Made, and not started yet: the port is bound. A node owns its list as its last member, since the parts use the
  /// others.
  virtual runtime::component_list& parts() = 0;
  virtual endpoint listening_at() const = 0;
  /// SIGHUP: what is read again while the node runs (tokens), is read again. False: nothing is, and it is asked to
  /// leave.
  virtual bool read_again() { return false; }
};

/// Before a node is made.
void prepare_process(const std::vector<std::string>& warnings);

struct run_options {
  std::filesystem::path port_file;             // empty: none is written
  std::chrono::milliseconds drain_timeout{0};  // for what is under way, once the process is asked to leave
  /// For taking the node apart after that. A thread may stand in a call on a store that does not answer, and may for
  /// long: the process then ends all the same, with 0, since nothing that was answered is lost by that.
  std::chrono::milliseconds leaving_max{3000};
};

/// Starts the node, calls `started`, and returns when it was asked to leave and has left. Throws for what does not
/// start.
void run_node(node& of, const run_options& options, const std::function<void()>& started);

}  // namespace firstcome::cli
