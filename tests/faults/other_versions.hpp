#pragma once

// By what the stores of a run can be replaced: newer servers that take over the data of those that run, from the folder
// of another release of Debian. Pure after construction.

#include <string>
#include <vector>

#include "support/mariadb_server.hpp"
#include "support/other_release.hpp"
#include "support/redis_server.hpp"

namespace firstcome::faults {

class other_versions {
 public:
  /// Names the folder of the other release; build/debian/13 when absent, which `./dev debian 13` makes.
  static constexpr const char* variable = "FIRSTCOME_TEST_OTHER_RELEASE";

  other_versions(testing::redis_server& redis, testing::mariadb_server& mariadb);

  const std::vector<testing::server_of_release>& redis() const { return redis_; }
  const std::vector<testing::server_of_release>& mariadb() const { return mariadb_; }
  /// What is replaced by what, and what is not there, as sentences. MariaDB is no matter where it is not replaced.
  std::vector<std::string> remarks(bool mariadb_matters) const;

 private:
  std::vector<testing::server_of_release> redis_;
  std::vector<testing::server_of_release> mariadb_;
  std::string redis_here_;
  std::string mariadb_here_;
};

}  // namespace firstcome::faults
