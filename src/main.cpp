#include "cli/program.hpp"

int main(int argc, char** argv) {
  return firstcome::cli::run_firstcome(argc, argv);
}
