#include "support/certificates.hpp"

#include <fstream>
#include <stdexcept>

#include "support/child_process.hpp"

namespace firstcome::testing {

certificates::certificates(const std::string& host) {
  const bool is_address = host.find_first_not_of("0123456789.") == std::string::npos;
  std::ofstream(file("names")) << "subjectAltName=" << (is_address ? "IP:" : "DNS:") << host << "\n";
  const std::vector<std::string> new_key = {"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"};
  const auto with_new_key = [&](std::vector<std::string> more) {
    more.insert(more.begin(), new_key.begin(), new_key.end());
    openssl(more);
  };
  with_new_key({"-x509", "-days", "2", "-subj", "/CN=firstcome tests", "-keyout", file("ca.key"), "-out", ca()});
  with_new_key({"-subj", "/CN=" + host, "-keyout", key(), "-out", file("request")});
  openssl({"x509", "-req", "-days", "2", "-in", file("request"), "-CA", ca(), "-CAkey", file("ca.key"),
           "-CAcreateserial", "-extfile", file("names"), "-out", cert()});
}

void certificates::openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/usr/bin/openssl");
  const finished_child finished = run_to_end({.arguments = std::move(arguments)});
  if (finished.status != exited_with(0)) throw std::runtime_error("openssl failed:\n" + finished.err);
}

}  // namespace firstcome::testing
