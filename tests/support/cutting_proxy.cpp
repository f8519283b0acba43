#include "support/cutting_proxy.hpp"

#include <array>
#include <memory>

namespace firstcome::testing {

using boost::asio::buffer;
using error = boost::system::error_code;

/// One client and its way to the server. Lives as long as one of its two directions.
struct cutting_proxy::pair : std::enable_shared_from_this<pair> {
  pair(cutting_proxy& o, tcp::socket c) : owner(o), client(std::move(c)), server(o.io_) {}

  void start() {
    error failed;
    server.connect(owner.server_, failed);
    if (failed) return;
    read_client();
    read_server();
  }

  void read_client() {
    client.async_read_some(buffer(from_client), [self = shared_from_this()](error failed, std::size_t size) {
      const cut c = failed ? cut::none : self->owner.decide({self->from_client.data(), size});
      if (failed || c == cut::before) return self->close();
      if (c == cut::after) self->client.close();  // from here on nothing reaches it
      write(self->server, buffer(self->from_client, size), failed);
      if (failed) return self->close();
      if (c == cut::none) self->read_client();
    });
  }

  void read_server() {
    server.async_read_some(buffer(from_server), [self = shared_from_this()](error failed, std::size_t size) {
      if (!failed && self->client.is_open()) write(self->client, buffer(self->from_server, size), failed);
      if (failed || !self->client.is_open()) return self->close();
      self->read_server();
    });
  }

  void close() {
    error ignored;
    client.close(ignored);
    server.close(ignored);
  }

  cutting_proxy& owner;
  tcp::socket client, server;
  std::array<char, 65536> from_client{}, from_server{};
};

cutting_proxy::cutting_proxy(std::uint16_t server_port)
    : server_(boost::asio::ip::address_v4::loopback(), server_port),
      acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
  accept();
  thread_ = std::thread([this] { io_.run(); });
}

cutting_proxy::~cutting_proxy() {
  io_.stop();
  thread_.join();
}

void cutting_proxy::arm(const std::string& word, bool before) {
  const std::lock_guard lock(armed_);
  word_ = word;
  before_ = before;
}

cutting_proxy::cut cutting_proxy::decide(std::string_view sent) {
  const std::lock_guard lock(armed_);
  if (word_.empty() || sent.find(word_) == std::string_view::npos) return cut::none;
  word_.clear();
  return before_ ? cut::before : cut::after;
}

void cutting_proxy::accept() {
  acceptor_.async_accept([this](error failed, tcp::socket client) {
    if (failed) return;
    std::make_shared<pair>(*this, std::move(client))->start();
    accept();
  });
}

}  // namespace firstcome::testing
