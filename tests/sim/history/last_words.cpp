#include "sim/history/last_words.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace firstcome::sim {
namespace {

constexpr std::array deadly = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};

char words[256];  // empty: nothing is under way
std::array<struct sigaction, deadly.size()> before;

void speak() {
  [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, words, strnlen(words, sizeof words));
  words[0] = '\0';
}

/// Whoever was to handle it does so now (a sanitizer, or the default: it comes again as soon as this returns).
void on_signal(int which) {
  speak();
  for (std::size_t i = 0; i < deadly.size(); ++i)
    if (deadly[i] == which) sigaction(which, &before[i], nullptr);
  if (which == SIGALRM) abort();
}

/// Not the fiber's stack: that it is used up may be why.
void use_a_stack_of_its_own() {
  static char room[64 << 10];
  stack_t stack{};
  stack.ss_sp = room;
  stack.ss_size = sizeof room;
  sigaltstack(&stack, nullptr);
}

}  // namespace

std::string name_of(shape s) {
  return s == shape::embedded ? "embedded" : "distributed";
}

std::string command_to_replay(const plan& p) {
  return "./dev sim --shape " + name_of(p.shape) + " --seed " + std::to_string(p.seed);
}

last_words::last_words(const plan& of, unsigned patience_s) {
  std::snprintf(words, sizeof words, "\nthe process ends in this history, or hangs; replay it: %s\n",
                command_to_replay(of).c_str());
  use_a_stack_of_its_own();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback(speak);
#endif
  struct sigaction act {};
  act.sa_handler = on_signal;
  act.sa_flags = SA_ONSTACK;
  for (std::size_t i = 0; i < deadly.size(); ++i) sigaction(deadly[i], &act, &before[i]);
  alarm(patience_s);
}

last_words::~last_words() {
  alarm(0);
  for (std::size_t i = 0; i < deadly.size(); ++i) sigaction(deadly[i], &before[i], nullptr);
  words[0] = '\0';
}

}  // namespace firstcome::sim
