#pragma once

// One member of the crowd: a keep-alive connection with at most one request in flight, driven by load_burst's epoll.

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>
#include <string>

#include "support/load_burst.hpp"

namespace firstcome::testing {

class burst_connection {
 public:
  burst_connection(int epoll, std::uint16_t port) : epoll_(epoll), port_(port) {}
  ~burst_connection() { disconnect(); }
  burst_connection(const burst_connection&) = delete;
  burst_connection& operator=(const burst_connection&) = delete;

  /// Starts one request, on a new connection if the last one is gone. False: nobody listens, nothing was sent.
  bool ask(const issue_ask& what);
  /// The socket is ready: sends or reads on. The answer, once it is whole or the connection is lost.
  std::optional<issue_answer> proceed();
  /// Takes the unanswered request back as unknown.
  issue_answer give_up();
  bool busy() const { return busy_; }

 private:
  using parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  bool connect();
  void disconnect();
  void wait_for(unsigned events);
  bool send_rest();
  std::optional<issue_answer> read_on();
  issue_answer finish(int status);

  int epoll_;
  std::uint16_t port_;
  int fd_ = -1;
  bool busy_ = false;
  issue_answer current_;
  std::string unsent_;
  std::string unread_;
  std::optional<parser> parser_;
};

}  // namespace firstcome::testing
