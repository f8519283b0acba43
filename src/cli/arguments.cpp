#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

#include "cli/exit_codes.hpp"
#include "cli/usage_error.hpp"

namespace firstcome::cli {

arguments::arguments(std::string name, std::string description)
    : app_(std::make_unique<CLI::App>(std::move(description), std::move(name))) {
  app_->failure_message([](const CLI::App* app, const CLI::Error& e) { return usage_error(*app, e); });
}

arguments::~arguments() = default;

command arguments::flags() const {
  return command(*app_);
}

std::optional<int> arguments::read(int argc, char** argv) const {
  try {
    app_->parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::ParseError& e) {
    return app_->exit(e, std::cout, std::cerr) == 0 ? exit_done : exit_wrong_usage;
  }
}

}  // namespace firstcome::cli
