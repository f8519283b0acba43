#include "redis/subscriber.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <system_error>

#include "domain/error.hpp"
#include "redis/backoff.hpp"
#include "redis/command.hpp"
#include "redis/connection.hpp"
#include "runtime/log.hpp"
#include "runtime/machine.hpp"

namespace firstcome::redis {
namespace {

std::string bytes_of(texts words) {
  std::string bytes;
  append_command(bytes, words);
  return bytes;
}

int new_eventfd() {
  const int fd = eventfd(0, EFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

subscriber::subscriber(options with, std::vector<std::string> channels, listener& to)
    : options_(std::move(with)), channels_(std::move(channels)), listener_(to), stop_(new_eventfd()) {
  thread_ = std::thread([this] { work(); });
}

subscriber::~subscriber() {
  eventfd_write(stop_, 1);
  thread_.join();
  close(stop_);
}

void subscriber::work() {
  runtime::name_this_thread("redis-messages");
  backoff pause;
  std::string logged;
  for (std::size_t n = 0;; ++n) {
    was_subscribed_ = false;
    try {
      listen_to(options_.at.nodes[n % options_.at.nodes.size()]);
      return;
    } catch (const store_unavailable& failure) {
      if (was_subscribed_) logged.clear();
      if (failure.what() != logged) runtime::log::warn("no messages from Redis", {{"why", failure.what()}});
      logged = failure.what();
    }
    if (was_subscribed_) pause.succeeded();
    if (!sleep(pause.next())) return;
  }
}

/// Returns when it is to stop; throws `store_unavailable` when the connection fails.
void subscriber::listen_to(const node_address& node) {
  const connection::options how{options_.connect_timeout, options_.connect_timeout, durability::assumed};
  connection heard(options_.at, node, how);
  subscribe(heard);
  static const std::string ping = bytes_of(std::array<std::string_view, 1>{"PING"});
  bool asked = false;
  for (;;) {
    switch (await(heard.socket(), options_.quiet_max)) {
      case event::stop:
        return;
      case event::bytes:
        heard.read_some();
        deliver_all(heard);
        asked = false;
        break;
      case event::quiet:
        if (asked) throw store_unavailable("Redis at " + to_string(node) + " does not answer any more");
        heard.send(ping);
        asked = true;
        break;
    }
  }
}

void subscriber::subscribe(connection& to) {
  std::vector<std::string_view> words{"SUBSCRIBE"};
  words.insert(words.end(), channels_.begin(), channels_.end());
  to.send(bytes_of(words));
  for (std::size_t confirmed = 0; confirmed < channels_.size();) {
    const reply answer = to.receive(runtime::deadline::after(options_.connect_timeout));
    if (answer.is_error()) throw store_unavailable("Redis refuses SUBSCRIBE: " + std::string(answer.text()));
    if (answer.size() == 3 && answer[0].text() == "subscribe") ++confirmed;
  }
  was_subscribed_ = true;
  listener_.on_subscribed();
  deliver_all(to);
}

void subscriber::deliver_all(connection& from) {
  while (const auto heard = from.take())
    if (heard->size() == 3 && (*heard)[0].text() == "message")
      listener_.on_message((*heard)[1].text(), (*heard)[2].text());
}

bool subscriber::sleep(std::chrono::milliseconds time) {
  return await(-1, time) != event::stop;
}

subscriber::event subscriber::await(int socket, std::chrono::milliseconds time) {
  std::array<pollfd, 2> wanted{pollfd{stop_, POLLIN, 0}, pollfd{socket, POLLIN, 0}};  // poll ignores the socket -1
  poll(wanted.data(), wanted.size(), static_cast<int>(time.count()));
  if (wanted[0].revents != 0) return event::stop;
  return wanted[1].revents != 0 ? event::bytes : event::quiet;
}

}  // namespace firstcome::redis
