#include "support/burst_connection.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/parse.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include "support/coupon_operations.hpp"
#include "support/http_client.hpp"

namespace firstcome::testing {

using clock = std::chrono::steady_clock;

bool burst_connection::ask(const issue_ask& what) {
  if (fd_ < 0 && !connect()) return false;
  current_ = {.ask = what, .invoked = clock::now()};
  unsent_ = to_bytes({.method = "POST", .target = issues_path(what.coupon), .body = issue_body(what.user)});
  parser_.emplace();
  parser_->eager(true);
  busy_ = true;
  if (!send_rest()) shutdown(fd_, SHUT_RDWR);  // the loss shows when the socket is looked at next
  return true;
}

std::optional<issue_answer> burst_connection::proceed() {
  if (!busy_) {  // closed between two requests, or an answer that nobody asked for
    disconnect();
    return std::nullopt;
  }
  if (!send_rest()) return finish(0);
  return read_on();
}

issue_answer burst_connection::give_up() {
  return finish(0);
}

bool burst_connection::connect() {
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(std::exchange(fd_, -1));
    return false;
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event interest{.events = EPOLLIN, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &interest);
  unread_.clear();
  return true;
}

void burst_connection::disconnect() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void burst_connection::wait_for(unsigned events) {
  epoll_event interest{.events = events, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &interest);
}

bool burst_connection::send_rest() {
  if (unsent_.empty()) return true;
  const ssize_t sent = send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return errno == EAGAIN;
  unsent_.erase(0, static_cast<std::size_t>(sent));
  if (!unsent_.empty()) wait_for(EPOLLIN | EPOLLOUT);
  return true;
}

std::optional<issue_answer> burst_connection::read_on() {
  std::array<char, 4096> bytes;
  const ssize_t got = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return std::nullopt;
  if (got <= 0) return finish(0);
  unread_.append(bytes.data(), static_cast<std::size_t>(got));
  boost::system::error_code outcome;
  unread_.erase(0, parser_->put(boost::asio::buffer(unread_), outcome));
  if (outcome && outcome != boost::beast::http::error::need_more) return finish(0);
  if (!parser_->is_done()) return std::nullopt;
  return finish(static_cast<int>(parser_->get().result_int()));
}

issue_answer burst_connection::finish(int status) {
  busy_ = false;
  issue_answer answer = std::exchange(current_, {});
  answer.answered = clock::now();
  answer.status = status;
  if (status != 0) {
    const http_response body{.status = status, .body = parser_->get().body()};
    answer.has_retry_after = parser_->get().count("Retry-After") > 0;
    answer.sequence = answer.yes() ? body.number("sequence") : 0;
    if (!answer.yes()) answer.code = body.code();
  }
  if (status == 0 || !parser_->get().keep_alive()) disconnect();
  return answer;
}

}  // namespace firstcome::testing
