// `firstcome version`: what a report of a fault needs to say.

#include <sqlite3.h>
#include <boost/version.hpp>

#include <iostream>

#include "cli/command.hpp"

namespace firstcome::cli {

void add_version(program& p) {
  const command app = p.add("version", "print the version and those of what it is built on");
  p.on(app, [] {
    std::cout << "firstcome " FIRSTCOME_VERSION " (Boost " << BOOST_VERSION / 100000 << '.'
              << BOOST_VERSION / 100 % 1000 << ", SQLite " << sqlite3_libversion() << ", compiler " << __VERSION__
              << ")\n";
    return 0;
  });
}

}  // namespace firstcome::cli
