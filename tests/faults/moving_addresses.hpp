#pragma once

// The names of the stores as the nodes under test know them, and the addresses behind them: all of 127.0.0.0/8, so that
// a store may come back at another address with the port that it had. The nodes read them from a file, by a library
// that is loaded into them (support/preload/names.cpp). Use it on the main thread.

#include <map>
#include <string>

#include "support/temporary_directory.hpp"

namespace firstcome::faults {

class moving_addresses {
 public:
  static constexpr const char* redis = "redis.made-up.test";
  static constexpr const char* mariadb = "mariadb.made-up.test";

  /// Both names lead to 127.0.0.1.
  moving_addresses() { write("127.0.0.1"); }

  /// What a node needs in its environment to look the names up.
  std::map<std::string, std::string> environment() const;
  /// From now on both names lead to an address where nobody has been before; answers it.
  std::string move();

 private:
  void write(const std::string& address) const;

  testing::temporary_directory folder_;
  int moves_ = 0;
};

}  // namespace firstcome::faults
