#pragma once

// What the log hears of work on the stores that threw. Thread safety: any thread.

#include <exception>

namespace firstcome::issuing {

/// A store that did not answer is a warning, anything else an error. `what`: which work, as the sentence begins.
void log_store_failure(std::exception_ptr why, const char* what);

}  // namespace firstcome::issuing
