#include "runtime/readiness.hpp"

#include <sys/epoll.h>

#include <boost/system/system_error.hpp>

#include <array>
#include <cerrno>

namespace firstcome::runtime {

namespace {

constexpr std::size_t events_max = 256;  // before other work of the loop gets its turn
constexpr std::uint32_t every_edge = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

int new_epoll() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) throw boost::system::system_error(errno, boost::system::system_category(), "epoll_create1");
  return fd;
}

}  // namespace

readiness::readiness(boost::asio::io_context& context) : epoll_(context, new_epoll()) {}

bool readiness::watch(int socket, watched& by) {
  return control(EPOLL_CTL_ADD, socket, by, every_edge);
}

void readiness::report_again(int socket, watched& by) {
  control(EPOLL_CTL_MOD, socket, by, every_edge);
}

bool readiness::watch_level(int socket, watched& by, bool room_to_write) {
  const std::uint32_t events = room_to_write ? EPOLLIN | EPOLLOUT : EPOLLIN;
  if (control(EPOLL_CTL_MOD, socket, by, events)) return true;
  return errno == ENOENT && control(EPOLL_CTL_ADD, socket, by, events);
}

bool readiness::control(int operation, int socket, watched& by, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &by;
  return epoll_ctl(epoll_.native_handle(), operation, socket, &event) == 0;
}

void readiness::wait() {
  epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code ec) {
    if (ec) return;
    collect();
    wait();
  });
}

void readiness::collect() {
  std::array<epoll_event, events_max> events;
  const int count = epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int n = 0; n < count; ++n) {
    const epoll_event& one = events[static_cast<std::size_t>(n)];
    static_cast<watched*>(one.data.ptr)->on_ready(one.events);
  }
}

}  // namespace firstcome::runtime
