#pragma once

// An answer as a client sees it, and the reader that takes one answer after the other from a raw socket.

#include <boost/json/value.hpp>

#include <iosfwd>
#include <map>
#include <optional>
#include <string>

#include "support/raw_socket.hpp"

namespace firstcome::testing {

struct http_response {
  int status = 0;                                   // 0: there was no complete answer
  std::map<std::string, std::string> headers = {};  // names in lower case
  std::string body = {};
  bool keeps_alive = false;

  std::string header(const std::string& lower_case_name) const;
  /// The body as JSON; null when it is not JSON.
  boost::json::value json() const;
  /// The members of a JSON body that tests look at most; empty or 0 when they are not there.
  std::string code() const;
  std::int64_t number(std::string_view member) const;
  std::string text(std::string_view member) const;
};

/// So that a failed expectation shows the whole answer.
std::ostream& operator<<(std::ostream& out, const http_response& response);

class response_reader {
 public:
  explicit response_reader(raw_socket& socket) : socket_(socket) {}

  /// The next answer; status 0 when it did not come whole in time or does not parse. `head`: it has no body.
  http_response next(raw_socket::milliseconds within = patience, bool head = false);
  /// What came after the last answer and was not yet read as one.
  const std::string& left_over() const { return buffer_; }

 private:
  raw_socket& socket_;
  std::string buffer_ = {};
};

}  // namespace firstcome::testing
