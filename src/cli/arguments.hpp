#pragma once

// The command line of a program without sub-commands: a tool of the benchmark, the tests, the simulation.

#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"

namespace firstcome::cli {

class arguments {
 public:
  /// `name` as a person types it.
  arguments(std::string name, std::string description);
  ~arguments();
  arguments(const arguments&) = delete;
  arguments& operator=(const arguments&) = delete;

  /// To add flags to, whose variables must outlive `read`.
  command flags() const;

  /// An exit code when there is nothing left to do: the help was shown (0), or something was wrong, which standard
  /// error has then (2).
  std::optional<int> read(int argc, char** argv) const;

 private:
  std::unique_ptr<CLI::App> app_;
};

}  // namespace firstcome::cli
