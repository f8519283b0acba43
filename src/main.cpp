#include "cli/program.hpp"

int main(int argc, char** argv) {
  return firstcome::cli::run_program(argc, argv);
}
