#include "lab/process/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <stdexcept>

namespace firstcome::lab {
namespace {

constexpr int first = 15'000;
constexpr int last = 32'000;  // Linux hands out 32,768 and up by itself
constexpr int attempts_max = 1'000;

bool can_be_bound(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  close(fd);
  return bound;
}

}  // namespace

std::uint16_t free_port() {
  thread_local std::mt19937 random{std::random_device{}()};
  for (int n = 0; n < attempts_max; ++n) {
    const auto port = static_cast<std::uint16_t>(std::uniform_int_distribution<int>(first, last)(random));
    if (can_be_bound(port)) return port;
  }
  throw std::runtime_error("no port of 127.0.0.1 is free");
}

}  // namespace firstcome::lab
