#pragma once

// What a fuzz target asserts: also in a build without assertions, and as an abort, which a fuzzer records.

#include <cstdio>
#include <cstdlib>
#include <source_location>

inline void must(bool holds, std::source_location here = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: this must hold, and does not\n", here.file_name(), here.line());
  std::abort();
}
