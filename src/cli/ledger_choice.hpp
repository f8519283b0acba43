#pragma once

// Which ledger a sub-command works on that takes a data folder as well as the shared stores.

#include "runtime/config.hpp"

namespace firstcome::cli {

/// True: the folder of --data-dir. Where both are named, the flag --data-dir wins: a container's environment names a
/// folder that only an embedded node uses. Both as flags are two ledgers: throws `wrong_usage`.
/// To be called when the settings were resolved.
bool folder_is_meant(const runtime::config& settings);

}  // namespace firstcome::cli
