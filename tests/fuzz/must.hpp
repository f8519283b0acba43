#pragma once

// What a fuzz target asserts: also in a build without assertions, and as an abort, which a fuzzer records.

#include <boost/assert/source_location.hpp>

#include <cstdio>
#include <cstdlib>

/// The location is Boost's, because clang 14 has none of its own.
inline void must(bool holds, boost::source_location here = BOOST_CURRENT_LOCATION) {
  if (holds) return;
  std::fprintf(stderr, "%s:%u: this must hold, and does not\n", here.file_name(), here.line());
  std::abort();
}
