#include "support/raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace firstcome::testing {
namespace {

using clock = std::chrono::steady_clock;

bool wait_for(int fd, short what, clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now());
  pollfd waiting{fd, what, 0};
  return poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) > 0;
}

}  // namespace

raw_socket::raw_socket(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int reason = errno;
    close(fd_);
    throw std::system_error(reason, std::generic_category(), "connect to port " + std::to_string(port));
  }
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

raw_socket::~raw_socket() {
  if (fd_ >= 0) close(fd_);
}

raw_socket::raw_socket(raw_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

bool raw_socket::send(std::string_view bytes) {
  const auto until = clock::now() + patience;
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || !wait_for(fd_, POLLOUT, until)) {
      return false;
    }
  }
  return true;
}

void raw_socket::half_close() {
  shutdown(fd_, SHUT_WR);
}

void raw_socket::reset() {
  const linger at_once{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close(std::exchange(fd_, -1));
}

raw_socket::event raw_socket::receive(std::string& into, milliseconds within) {
  if (!wait_for(fd_, POLLIN, clock::now() + within)) return event::timed_out;
  std::array<char, 16384> bytes;
  const ssize_t got = recv(fd_, bytes.data(), bytes.size(), 0);
  if (got <= 0) return event::closed;
  into.append(bytes.data(), static_cast<std::size_t>(got));
  return event::data;
}

std::string raw_socket::receive_until_close(bool& closed, milliseconds within) {
  const auto until = clock::now() + within;
  std::string all;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - clock::now());
    const event what = receive(all, std::max(left, milliseconds(0)));
    closed = what == event::closed;
    if (what != event::data) return all;
  }
}

bool raw_socket::closed_within(milliseconds within) {
  bool closed = false;
  receive_until_close(closed, within);
  return closed;
}

}  // namespace firstcome::testing
