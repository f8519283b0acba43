#include "support/http_client.hpp"

#include <system_error>

namespace firstcome::testing {

std::string to_bytes(const http_request& request) {
  std::string bytes = request.method + " " + request.target + " HTTP/1.1\r\nHost: localhost\r\n";
  if (!request.bearer.empty()) bytes += "Authorization: Bearer " + request.bearer + "\r\n";
  if (!request.body.empty() || request.method == "POST" || request.method == "PATCH") {
    if (!request.content_type.empty()) bytes += "Content-Type: " + request.content_type + "\r\n";
    bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return bytes + request.more_headers + "\r\n" + request.body;
}

http_response http_client::ask(http_request request) {
  if (request.bearer.empty()) request.bearer = bearer_;
  try {
    if (!connection_ || connection_->socket.closed_within(raw_socket::milliseconds(0)))
      connection_ = std::make_unique<connection>(port_);
  } catch (const std::system_error&) {
    connection_.reset();
    return {};
  }
  if (!connection_->socket.send(to_bytes(request))) {
    connection_.reset();
    return {};
  }
  http_response response = connection_->reader.next(patience, request.method == "HEAD");
  if (!response.keeps_alive) connection_.reset();
  return response;
}

}  // namespace firstcome::testing
