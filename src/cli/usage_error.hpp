#pragma once

// What a person hears who typed something that the command line does not know.

#include <string>

namespace CLI {
class App;
class Error;
}  // namespace CLI

namespace firstcome::cli {

/// Lines for standard error: what was wrong, what may have been meant, and where the help is. `root` has read the
/// command line as far as it could.
std::string usage_error(const CLI::App& root, const CLI::Error& error);

}  // namespace firstcome::cli
