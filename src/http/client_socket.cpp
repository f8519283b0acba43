#include "http/client_socket.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

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

client_socket::transfer client_socket::receive(std::span<char> into) {
  return outcome_of(::recv(descriptor_, into.data(), into.size(), 0));
}

client_socket::transfer client_socket::send(std::span<const char> from) {
  return outcome_of(::send(descriptor_, from.data(), from.size(), MSG_NOSIGNAL));
}

void client_socket::shutdown_send() {
  ::shutdown(descriptor_, SHUT_WR);
}

void client_socket::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

}  // namespace firstcome::http
