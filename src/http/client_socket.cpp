#include "http/client_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace firstcome::http {

namespace {

client_socket::transfer outcome_of(ssize_t size) {
  if (size > 0) return {.size = static_cast<std::size_t>(size)};
  if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return {.would_block = true};
  return {.ended = true};
}

}  // namespace

client_socket::client_socket(int descriptor) : descriptor_(descriptor) {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

client_socket::client_socket(client_socket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      readable_(other.readable_),
      writable_(other.writable_),
      ended_(other.ended_) {}

client_socket::transfer client_socket::receive(std::span<char> into) {
  const transfer got = outcome_of(::recv(descriptor_, into.data(), into.size(), 0));
  // Fewer bytes than asked for: there are no more now, and the kernel will tell when there are.
  if (got.size < into.size() && !ended_) readable_ = false;
  return got;
}

client_socket::transfer client_socket::send(std::span<const char> from) {
  const transfer gone = outcome_of(::send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL));
  if (gone.would_block) writable_ = false;
  return gone;
}

void client_socket::on_ready(std::uint32_t events) {
  ended_ = ended_ || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  readable_ = readable_ || ended_ || (events & EPOLLIN) != 0;
  writable_ = writable_ || ended_ || (events & EPOLLOUT) != 0;
}

void client_socket::shutdown_send() {
  ::shutdown(descriptor_, SHUT_WR);
}

void client_socket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace firstcome::http
