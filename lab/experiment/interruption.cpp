#include "lab/experiment/interruption.hpp"

#include <signal.h>

namespace firstcome::lab {
namespace {

volatile sig_atomic_t seen = 0;

void note(int) {
  seen = 1;
}

}  // namespace

void note_interruptions() {
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

bool is_interrupted() {
  return seen != 0;
}

void throw_if_interrupted() {
  if (is_interrupted()) throw interrupted();
}

}  // namespace firstcome::lab
