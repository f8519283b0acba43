#pragma once

// One request to a web server and its answer, over libcurl: for command lines, tools and whatever else may wait. The
// load generators do not use it. It blocks, and is for no event loop's thread. Thread safety: any thread.
//
// A server must prove its name over https://, by the system's authorities or by those of the file that SSL_CERT_FILE
// names. Redirects are not followed. Plain http:// goes straight to the host; https:// may go through the proxy that
// libcurl's usual variables name (https_proxy, no_proxy).

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/deadline.hpp"

namespace firstcome::http {

struct client_request {
  std::string method = "GET";
  std::string url;                                                               // http:// or https://
  std::vector<std::string> headers = {};                                         // "Name: value"
  std::string body = {};                                                         // none is sent when it is empty
  runtime::deadline until = runtime::deadline::after(std::chrono::seconds(10));  // for all of it
  std::size_t answer_size_max = std::size_t{16} << 20;
  const std::atomic<bool>* stop = nullptr;  // once it is true, the transfer is given up soon
};

struct client_answer {
  int status = 0;
  std::string body;
  std::string redirect_to;  // the whole URL, of a redirect; otherwise empty
};

/// Why there is no answer.
enum class client_failure {
  too_late,        // the deadline had passed before it was begun
  not_listening,   // the connection was refused
  not_reachable,   // no such name, or no way to it
  not_trusted,     // the certificate is not good for this host, or signed by nobody that is trusted
  no_authorities,  // the file with the authorities cannot be read
  no_tls,          // no TLS was agreed on
  timed_out,       // the deadline passed
  cut,             // the connection ended before the answer was whole
  too_large,       // `answer_size_max` was passed
  stopped,         // by `stop`
  other,
};

/// Its text is libcurl's, for who looks closer.
class no_answer : public std::runtime_error {
 public:
  no_answer(client_failure why, const std::string& text) : std::runtime_error(text), why_(why) {}
  client_failure why() const { return why_; }
  /// Whether the server may have got the request. Of the first six it has not.
  bool may_have_arrived() const { return why_ > client_failure::no_tls; }

 private:
  client_failure why_;
};

/// The answer, whatever its status is. Throws `no_answer`.
client_answer ask(const client_request& request);

}  // namespace firstcome::http
