// AddressSanitizer's settings for every program that is built with it; ASAN_OPTIONS goes over them.
//
// From GCC 13 on it keeps the frames of functions that have returned. That knows nothing of the simulation's fibers, and
// takes 11 MB a thread, which a node that is tested with little memory does not have.

extern "C" const char* __asan_default_options();

extern "C" const char* __asan_default_options() {
  return "detect_stack_use_after_return=0";
}
