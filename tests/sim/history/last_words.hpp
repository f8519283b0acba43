#pragma once

// A history that ends the process (a signal, a sanitizer, an exception that nobody may throw) or hangs it cannot be
// reported afterwards. So while it runs, whoever dies says which one it was.

#include "sim/history/plan.hpp"

namespace firstcome::sim {

class last_words {
 public:
  /// One at a time. After `patience_s` seconds of the wall clock the history counts as hanging, and the process aborts.
  explicit last_words(const plan& of, unsigned patience_s = 120);
  ~last_words();
  last_words(const last_words&) = delete;
  last_words& operator=(const last_words&) = delete;
};

/// As it is typed.
std::string name_of(shape s);
std::string command_to_replay(const plan& p);

}  // namespace firstcome::sim
