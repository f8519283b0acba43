#pragma once

// Ctrl-C: asked for often, so that everything is put away in order. A second one ends the lab at once.

#include <stdexcept>

namespace firstcome::lab {

class interrupted : public std::runtime_error {
 public:
  interrupted() : std::runtime_error("interrupted; what was started has been ended") {}
};

/// From here on SIGINT, SIGTERM and SIGHUP are only noted.
void note_interruptions();
bool is_interrupted();
void throw_if_interrupted();

}  // namespace firstcome::lab
