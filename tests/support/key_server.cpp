#include "support/key_server.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "support/loopback_listener.hpp"

namespace firstcome::testing {
namespace {

constexpr int poll_interval_ms = 10;

/// The head of a request without a body; empty when it does not come.
std::string head_of(int client) {
  std::string head;
  std::array<char, 1024> some;
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = ::recv(client, some.data(), some.size(), 0);
    if (got <= 0) return {};
    head.append(some.data(), static_cast<std::size_t>(got));
  }
  return head;
}

/// Whatever else it sends, until it closes: a socket that is closed with something unread takes the answer back.
void read_to_end(int client, const std::atomic<bool>& ended) {
  ::shutdown(client, SHUT_WR);
  std::array<char, 1024> some;
  while (!ended) {
    pollfd more{.fd = client, .events = POLLIN, .revents = 0};
    if (::poll(&more, 1, poll_interval_ms) > 0 && ::recv(client, some.data(), some.size(), 0) <= 0) return;
  }
}

}  // namespace

key_server::key_server(std::string text) : text_(std::move(text)) {
  const loopback_listener made = listen_on_loopback();
  fd_ = made.fd;
  port_ = made.port;
  thread_ = std::thread([this] { run(); });
}

key_server::~key_server() {
  ended_ = true;
  thread_.join();
  ::close(fd_);
}

void key_server::say(std::string text, int status) {
  const std::lock_guard held(lock_);
  text_ = std::move(text);
  status_ = status;
  silent_ = false;
}

void key_server::be_silent() {
  const std::lock_guard held(lock_);
  silent_ = true;
}

std::string key_server::answer() const {
  const std::lock_guard held(lock_);
  if (silent_) return {};
  return "HTTP/1.1 " + std::to_string(status_) +
         " Whatever\r\nConnection: close\r\nContent-Length: " + std::to_string(text_.size()) + "\r\n\r\n" + text_;
}

void key_server::run() {
  while (!ended_) {
    pollfd listening{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&listening, 1, poll_interval_ms) <= 0) continue;
    const int client = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (!head_of(client).empty()) {
      ++asked_;
      std::string said;
      while (!ended_ && (said = answer()).empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (!said.empty()) static_cast<void>(::send(client, said.data(), said.size(), MSG_NOSIGNAL));
      read_to_end(client, ended_);
    }
    ::close(client);
  }
}

}  // namespace firstcome::testing
