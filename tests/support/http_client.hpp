#pragma once

// A well-behaved client: one keep-alive connection, one request at a time, opened again when the server has closed it.

#include <memory>
#include <string>
#include <string_view>

#include "support/http_response.hpp"

namespace firstcome::testing {

struct http_request {
  std::string method = "GET";
  std::string target = "/";
  std::string body = {};  // sent with a Content-Length when it is not empty or the method is POST or PATCH
  std::string content_type = "application/json";
  std::string bearer = {};        // empty: no Authorization
  std::string more_headers = {};  // complete lines, each ending in CRLF
};

/// The bytes that a well-behaved client sends.
std::string to_bytes(const http_request& request);

class http_client {
 public:
  explicit http_client(std::uint16_t port, std::string bearer = {}) : port_(port), bearer_(std::move(bearer)) {}

  /// Status 0 when no answer came (refused, closed, too late).
  http_response ask(http_request request);
  http_response get(std::string target) { return ask({.target = std::move(target)}); }
  http_response post(std::string target, std::string body) {
    return ask({.method = "POST", .target = std::move(target), .body = std::move(body)});
  }
  http_response patch(std::string target, std::string body) {
    return ask({.method = "PATCH", .target = std::move(target), .body = std::move(body)});
  }

 private:
  struct connection {
    explicit connection(std::uint16_t port) : socket(port), reader(socket) {}
    raw_socket socket;
    response_reader reader;
  };

  std::uint16_t port_;
  std::string bearer_ = {};
  std::unique_ptr<connection> connection_;
};

}  // namespace firstcome::testing
