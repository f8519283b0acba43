// The wiring of `firstcome serve` comes with the layers that it wires; until then this says so.

#include "cli/serve.hpp"

namespace firstcome::cli {

int run_serve(const serve_options&) {
  throw std::runtime_error("serve is not wired together in this build");
}

}  // namespace firstcome::cli
