#include "redis/listener.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "redis/command.hpp"

namespace firstcome::redis {
namespace {

constexpr int pause_before_again_ms = 100;

}  // namespace

listener::listener(address at, connection::options with, std::vector<std::string> patterns, callbacks call)
    : at_(std::move(at)),
      with_(with),
      patterns_(std::move(patterns)),
      call_(std::move(call)),
      stop_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (stop_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread([this] { run(); });
}

listener::~listener() {
  stopping_ = true;
  eventfd_write(stop_, 1);
  thread_.join();
  close(stop_);
}

void listener::run() {
  while (!stopping_) {
    for (const node_address& node : at_.nodes) {
      try {
        hear_from(node);
      } catch (const store_unavailable&) {
        hears_ = false;
      }
      if (stopping_) return;
    }
    pause();
  }
}

void listener::hear_from(const node_address& node) {
  connection over(at_, node, with_);
  subscribe(over);
  hears_ = true;
  call_.on_gap();
  while (!stopping_) {
    while (const std::optional<reply> message = over.take()) hand_out(*message);
    if (readable_or_stopped(over.socket()) && !stopping_) over.read_some();
  }
}

void listener::subscribe(connection& over) {
  std::vector<std::string_view> words{"PSUBSCRIBE"};
  words.insert(words.end(), patterns_.begin(), patterns_.end());
  std::string bytes;
  append_command(bytes, words);
  over.send(bytes);
  for (std::size_t n = 0; n < patterns_.size(); ++n) {
    const reply answer = over.receive(std::chrono::steady_clock::now() + with_.reply_timeout);
    if (answer.is_error()) throw store_unavailable("Redis refuses PSUBSCRIBE: " + std::string(answer.text()));
  }
}

/// ["pmessage", pattern, channel, message]
void listener::hand_out(const reply_view& message) {
  if (message.size() == 4 && message[0].text() == "pmessage") call_.on_message(message[2].text(), message[3].text());
}

bool listener::readable_or_stopped(int socket) const {
  pollfd wanted[] = {{socket, POLLIN, 0}, {stop_, POLLIN, 0}};
  return poll(wanted, 2, -1) > 0;
}

void listener::pause() const {
  pollfd stopped{stop_, POLLIN, 0};
  poll(&stopped, 1, pause_before_again_ms);
}

}  // namespace firstcome::redis
