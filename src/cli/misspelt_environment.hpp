#pragma once

// Variables of the environment that look like a setting and are none.

#include <span>
#include <string>
#include <vector>

namespace firstcome::cli {

/// The names of all variables of this process. Call it with one thread.
std::vector<std::string> process_environment_names();

/// One sentence for each of `present` that is none of `known` and is misspelt only: it begins as our settings do
/// (FIRSTCOME_), and one of `known` is near. Others are not ours to judge: Kubernetes gives FIRSTCOME_PORT and its like
/// to every pod beside a service that is called firstcome.
std::vector<std::string> misspelt_in(std::span<const std::string> present, std::span<const std::string> known);

}  // namespace firstcome::cli
