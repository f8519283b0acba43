// The bare limit: what one thread, the kernel's TCP and as little HTTP as is still honest can do. It answers a fixed
// 202 to every POST. The figures of the real server are divided by this one's, taken in the same run on the same
// machine.
//
// Honest means: keep-alive, pipelining, and requests that arrive in pieces are right; the body's length is read from
// the head and not guessed. What it leaves out (routing, JSON, deadlines, limits, a decision) is what the ratio shows.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

constexpr std::string_view answer =
    "HTTP/1.1 202 Accepted\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 17\r\n"
    "\r\n"
    "{\"accepted\":true}";
constexpr std::size_t buffer_size = std::size_t{16} * 1024;  // head and body of one request; longer ones are cut off
constexpr int events_per_wait = 512;

struct connection {
  int fd;
  std::size_t used = 0;
  std::string unsent;  // only when the kernel did not take an answer whole
  std::array<char, buffer_size> buffer;
};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// The body's length as the head states it; 0 without one, nothing when it is not a number.
std::optional<std::size_t> content_length(std::string_view head) {
  constexpr std::string_view name = "content-length:";
  for (std::size_t at = head.find("\r\n"); at != head.npos; at = head.find("\r\n", at)) {
    at += 2;
    if (head.size() - at < name.size() || strncasecmp(head.data() + at, name.data(), name.size()) != 0) continue;
    at += name.size();
    while (at < head.size() && head[at] == ' ') ++at;
    std::size_t length = 0;
    const auto parsed = std::from_chars(head.data() + at, head.data() + head.size(), length);
    if (parsed.ec != std::errc{}) return std::nullopt;
    return length;
  }
  return 0;
}

/// How many bytes the first request of `input` has, 0 when it is not whole yet, nothing when it is none of ours.
std::optional<std::size_t> request_length(std::string_view input) {
  const std::size_t head = input.find("\r\n\r\n");
  if (head == input.npos) return 0;
  if (!input.starts_with("POST ")) return std::nullopt;
  const auto body = content_length(input.substr(0, head + 2));
  if (!body || *body > buffer_size) return std::nullopt;
  const std::size_t whole = head + 4 + *body;
  return whole <= input.size() ? whole : 0;
}

class limit_server {
 public:
  explicit limit_server(std::uint16_t port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener_ < 0) fail("socket");
    const int on = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("bind");
    if (listen(listener_, 4096) != 0) fail("listen");
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) fail("epoll_create1");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  }

  std::uint16_t port() const { return port_; }

  [[noreturn]] void run() {
    std::vector<epoll_event> events(events_per_wait);
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), events_per_wait, -1);
      for (int i = 0; i < ready; ++i) {
        auto* c = static_cast<connection*>(events[i].data.ptr);
        if (c == nullptr) {
          accept_all();
        } else if (!serve(*c, events[i].events)) {
          close(c->fd);
          delete c;
        }
      }
    }
  }

 private:
  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto c = std::unique_ptr<connection>(new connection{.fd = fd, .unsent = {}, .buffer = {}});
      watch(*c, EPOLL_CTL_ADD, EPOLLIN);
      static_cast<void>(c.release());  // epoll holds it until the connection ends
    }
  }

  void watch(connection& c, int operation, std::uint32_t what) {
    epoll_event event{.events = what, .data = {.ptr = &c}};
    epoll_ctl(epoll_, operation, c.fd, &event);
  }

  /// False: the connection is over.
  bool serve(connection& c, std::uint32_t what) {
    if ((what & EPOLLOUT) != 0) return send(c, std::exchange(c.unsent, {}), /*was_waiting=*/true);
    const ssize_t got = read(c.fd, c.buffer.data() + c.used, c.buffer.size() - c.used);
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
    c.used += static_cast<std::size_t>(got);
    return answer_all(c);
  }

  bool answer_all(connection& c) {
    std::string_view input(c.buffer.data(), c.used);
    std::size_t answers = 0;
    for (;;) {
      const auto length = request_length(input);
      if (!length) return false;
      if (*length == 0) break;
      input.remove_prefix(*length);
      ++answers;
    }
    if (input.size() == c.buffer.size()) return false;  // a request that does not fit
    c.used = input.size();
    if (!input.empty()) std::memmove(c.buffer.data(), input.data(), input.size());
    if (answers == 1) return send(c, answer, false);
    std::string pipelined;
    for (; answers > 0; --answers) pipelined += answer;
    return pipelined.empty() || send(c, pipelined, false);
  }

  /// While an answer is unsent nothing more is read: who does not take answers gets no further ones.
  bool send(connection& c, std::string_view bytes, bool was_waiting) {
    ssize_t sent = ::send(c.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return false;
    sent = std::max<ssize_t>(sent, 0);
    if (static_cast<std::size_t>(sent) < bytes.size()) {
      c.unsent = bytes.substr(static_cast<std::size_t>(sent));
      watch(c, EPOLL_CTL_MOD, EPOLLOUT);
    } else if (was_waiting) {
      watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
    return true;
  }

  int listener_ = -1;
  int epoll_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  std::string port_file;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view(argv[i]) == "--port") port = static_cast<std::uint16_t>(std::atoi(argv[i + 1]));
    if (std::string_view(argv[i]) == "--port-file") port_file = argv[i + 1];
  }
  try {
    limit_server server(port);
    if (!port_file.empty()) {
      const std::string part = port_file + ".part";  // renamed when whole, so that nobody reads half a number
      std::ofstream(part) << server.port() << '\n';
      std::rename(part.c_str(), port_file.c_str());
    }
    std::printf("listening on 127.0.0.1:%u\n", server.port());
    std::fflush(stdout);
    server.run();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "epoll_limit: %s\n", e.what());
    return 1;
  }
}
