#include "redis/connection.hpp"

#include <hiredis/hiredis.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "redis/handshake.hpp"
#include "redis/tls.hpp"

namespace firstcome::redis {
namespace {

using std::chrono::milliseconds;

timeval to_timeval(milliseconds time) {
  return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

/// hiredis takes 0 for "for ever".
milliseconds at_least_a_moment(milliseconds time) {
  return std::max(time, milliseconds(1));
}

bool becomes_readable(int socket, runtime::deadline until) {
  for (;;) {
    pollfd wanted{socket, POLLIN, 0};
    const int count = poll(&wanted, 1, static_cast<int>(std::min<std::int64_t>(until.left().count(), 3'600'000)));
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

/// Each address of the host, in the order in which the system would try them; the name itself when it has none, so that
/// hiredis says why. (hiredis goes on to the next address only when a connection fails before it was waited for.)
std::vector<std::string> addresses_of(const node_address& node) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(node.host.c_str(), nullptr, &wanted, &found) != 0) return {node.host};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, freeaddrinfo);
  std::vector<std::string> all;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0)
      all.emplace_back(text.data());
  }
  return all.empty() ? std::vector{node.host} : all;
}

}  // namespace

void connection::release::operator()(redisContext* owned) const {
  redisFree(owned);
}

connection::connection(const address& whole, const node_address& node, const options& with, runtime::deadline until)
    : node_(node) {
  for (const std::string& address : addresses_of(node)) {
    const milliseconds limit = at_least_a_moment(std::min(with.connect_timeout, until.left()));
    context_.reset(redisConnectWithTimeout(address.c_str(), node.port, to_timeval(limit)));
    if (context_ && context_->err == 0) break;
  }
  if (!context_) throw store_unavailable("no memory for a connection to Redis");
  if (context_->err != 0) fail("cannot be reached");
  limit_writes(std::min(with.reply_timeout, until.left()));
  if (whole.tls) start_tls(*context_, node);
  shake_hands(whole, with, until);
}

void connection::shake_hands(const address& whole, const options& with, runtime::deadline until) {
  const handshake hello(whole, with.wanted);
  for (std::size_t n = 0; n < hello.size(); ++n) send(hello.bytes(n));
  for (std::size_t n = 0; n < hello.size(); ++n) {
    const reply answer = receive(earlier(runtime::deadline::after(with.reply_timeout), until));
    if (const auto refusal = hello.check(n, answer)) throw_refusal(node_, *refusal);
  }
}

void connection::limit_writes(milliseconds each) {
  each = at_least_a_moment(each);
  if (each == write_limit_) return;
  write_limit_ = each;
  redisSetTimeout(context_.get(), to_timeval(each));  // of reads too, but `receive` polls
}

int connection::socket() const {
  return context_->fd;
}

void connection::send(std::string_view bytes) {
  int done = 0;
  if (redisAppendFormattedCommand(context_.get(), bytes.data(), bytes.size()) != REDIS_OK) fail("was not asked");
  while (done == 0)
    if (redisBufferWrite(context_.get(), &done) != REDIS_OK) fail("did not take what it was sent");
}

reply connection::receive(runtime::deadline until) {
  for (;;) {
    if (std::optional<reply> arrived = take()) return std::move(*arrived);
    if (!becomes_readable(socket(), until))
      throw store_unavailable("Redis at " + to_string(node_) + " did not answer in time");
    read_some();
  }
}

std::optional<reply> connection::take() {
  void* found = nullptr;
  if (redisGetReplyFromReader(context_.get(), &found) != REDIS_OK) fail("does not speak Redis' protocol");
  if (found == nullptr) return std::nullopt;
  return reply(static_cast<redisReply*>(found));
}

void connection::read_some() {
  if (redisBufferRead(context_.get()) != REDIS_OK) fail("closed the connection");
}

bool connection::usable() {
  if (context_->err != 0 || context_->reader->pos < context_->reader->len) return false;
  char byte = 0;
  const ssize_t count = recv(socket(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return count < 0 && (errno == EAGAIN || errno == EINTR);
}

void connection::fail(std::string_view what) {
  throw store_unavailable("Redis at " + to_string(node_) + " " + std::string(what) + " (" +
                          std::string(context_->errstr) + ")");
}

}  // namespace firstcome::redis
