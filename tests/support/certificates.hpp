#pragma once

// A certificate authority of the test's own, and one server certificate that it has signed.

#include <string>
#include <vector>

#include "support/temporary_directory.hpp"

namespace firstcome::testing {

class certificates {
 public:
  /// `host` is the name, or the IPv4 address, that the certificate is for.
  explicit certificates(const std::string& host);

  std::string ca() const { return file("ca.pem"); }
  std::string cert() const { return file("cert.pem"); }
  std::string key() const { return file("key.pem"); }

 private:
  std::string file(const std::string& name) const { return (folder_.path() / name).string(); }
  void openssl(std::vector<std::string> arguments);

  temporary_directory folder_;
};

}  // namespace firstcome::testing
