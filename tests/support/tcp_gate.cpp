#include "support/tcp_gate.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <list>
#include <optional>
#include <thread>

#include "lab/process/free_port.hpp"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"  // GCC 12 sees only one half of Asio's coroutine frames
#endif

namespace firstcome::testing {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using task = asio::awaitable<void>;

constexpr std::size_t portion_max = 16 << 10;
constexpr int gate_ports_to_try = 10;

tcp::endpoint on_loopback(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

/// One client's connection and the one to the server that belongs to it.
struct link {
  explicit link(tcp::socket accepted) : client(std::move(accepted)), server(client.get_executor()) {}

  void close() {
    error_code ignored;
    client.close(ignored);
    server.close(ignored);
  }
  void reset() {
    error_code ignored;
    client.set_option(asio::socket_base::linger(true, 0), ignored);
    server.set_option(asio::socket_base::linger(true, 0), ignored);
    close();
  }

  tcp::socket client;
  tcp::socket server;
};

/// What holds for one direction of all links.
struct lane {
  bool stalled = false;
  std::chrono::milliseconds delay{0};
  std::optional<std::uint64_t> left;  // bytes until the cut
  std::uint64_t passed = 0;
};

}  // namespace

struct tcp_gate::implementation {
  implementation(std::uint16_t target) : server_port(target), acceptor(context), changed(context) {
    changed.expires_at(asio::steady_timer::time_point::max());
    for (int attempt = 1; !listen(attempt == gate_ports_to_try); ++attempt) port = lab::free_port();
    thread = std::thread([this] { context.run(); });
  }
  ~implementation() {
    context.stop();
    thread.join();
  }

  lane& of(direction which) { return lanes[static_cast<std::size_t>(which)]; }

  /// Runs it on the gate's thread and waits for that.
  template <class Order>
  auto on_thread(Order order) {
    std::packaged_task<decltype(order())()> job(order);
    auto done = job.get_future();
    asio::post(context, [&job] { job(); });
    return done.get();
  }

  bool listen(bool must) {
    if (port == 0) port = lab::free_port();
    error_code failed;
    acceptor.open(tcp::v4());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind({here, port}, failed);
    if (failed && must) throw boost::system::system_error(failed, "the gate's port");
    if (failed) acceptor.close();
    if (failed) return false;
    acceptor.listen();
    asio::co_spawn(context, accept(), asio::detached);
    return true;
  }

  task accept();
  task serve(std::shared_ptr<link> one);
  task pump(std::shared_ptr<link> one, direction which);
  task pause(std::chrono::milliseconds time);
  task until_released(lane& which);

  /// To be called after a change of `refused` or `away`.
  void listen_or_not() {
    const bool wanted = !refused && !away;
    if (!wanted) acceptor.close();
    if (wanted && !acceptor.is_open()) listen(true);
  }
  void reset_all() {
    for (const auto& each : links)
      if (const auto one = each.lock()) one->reset();
  }

  asio::ip::address_v4 here = asio::ip::address_v4::loopback();
  bool refused = false;
  bool away = false;
  std::uint16_t port = 0;
  std::uint16_t server_port;
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  tcp::acceptor acceptor;
  asio::steady_timer changed;  // cancelled whenever a stall ends
  std::array<lane, 2> lanes;
  std::list<std::weak_ptr<link>> links;
  std::thread thread;
};

task tcp_gate::implementation::accept() {
  for (;;) {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    tcp::socket client = co_await acceptor.async_accept(token);
    if (failed) co_return;
    auto one = std::make_shared<link>(std::move(client));
    links.remove_if([](const auto& each) { return each.expired(); });
    links.push_back(one);
    asio::co_spawn(context, serve(one), asio::detached);
  }
}

task tcp_gate::implementation::serve(std::shared_ptr<link> one) {
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  const tcp::endpoint server = on_loopback(server_port);
  co_await one->server.async_connect(server, token);
  if (failed) {
    one->reset();
    co_return;
  }
  one->client.set_option(tcp::no_delay(true), failed);
  one->server.set_option(tcp::no_delay(true), failed);
  asio::co_spawn(context, pump(one, direction::to_server), asio::detached);
  asio::co_spawn(context, pump(one, direction::to_client), asio::detached);
}

task tcp_gate::implementation::pump(std::shared_ptr<link> one, direction which) {
  lane& rules = of(which);
  tcp::socket& from = which == direction::to_server ? one->client : one->server;
  tcp::socket& to = which == direction::to_server ? one->server : one->client;
  std::array<char, portion_max> bytes;
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  for (;;) {
    std::size_t count = co_await from.async_read_some(asio::buffer(bytes), token);
    const bool ended = failed == asio::error::eof;
    if (failed && !ended) break;
    if (rules.delay.count() > 0) co_await pause(rules.delay);
    co_await until_released(rules);
    if (ended) {  // this side sends no more; the other one still may
      to.shutdown(tcp::socket::shutdown_send, failed);
      co_return;
    }
    const bool last = rules.left && count >= *rules.left;
    if (last) count = *std::exchange(rules.left, std::nullopt);
    if (rules.left) *rules.left -= count;
    rules.passed += count;
    const auto portion = asio::buffer(bytes.data(), count);
    co_await asio::async_write(to, portion, token);
    if (failed) break;
    if (last) {
      one->reset();
      co_return;
    }
  }
  one->close();
}

task tcp_gate::implementation::pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(context, time);
  error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
}

task tcp_gate::implementation::until_released(lane& which) {
  error_code cancelled;
  auto token = asio::redirect_error(asio::use_awaitable, cancelled);
  while (which.stalled) co_await changed.async_wait(token);
}

tcp_gate::tcp_gate(std::uint16_t server_port) : state_(std::make_unique<implementation>(server_port)) {}

tcp_gate::~tcp_gate() = default;

std::uint16_t tcp_gate::port() const {
  return state_->port;
}

std::string tcp_gate::address() const {
  return "127.0.0.1:" + std::to_string(port());
}

void tcp_gate::lead_to(std::uint16_t server_port) {
  state_->on_thread([&] { state_->server_port = server_port; });
}

void tcp_gate::stall(direction which) {
  state_->on_thread([&] { state_->of(which).stalled = true; });
}

void tcp_gate::stall() {
  stall(direction::to_server);
  stall(direction::to_client);
}

void tcp_gate::delay(direction which, std::chrono::milliseconds each) {
  state_->on_thread([&] { state_->of(which).delay = each; });
}

void tcp_gate::cut_after(direction which, std::uint64_t bytes) {
  state_->on_thread([&] { state_->of(which).left = bytes; });
}

void tcp_gate::release() {
  state_->on_thread([&] {
    for (lane& each : state_->lanes) each = {.passed = each.passed};
    state_->changed.cancel();
  });
}

void tcp_gate::cut() {
  state_->on_thread([&] { state_->reset_all(); });
}

void tcp_gate::refuse() {
  state_->on_thread([&] {
    state_->refused = true;
    state_->listen_or_not();
  });
}

void tcp_gate::accept_again() {
  state_->on_thread([&] {
    state_->refused = false;
    state_->listen_or_not();
  });
}

void tcp_gate::leave() {
  state_->on_thread([&] {
    state_->away = true;
    state_->listen_or_not();
    state_->reset_all();
  });
}

void tcp_gate::come_back_at(const std::string& address) {
  state_->on_thread([&] {
    state_->here = asio::ip::make_address_v4(address);
    state_->away = false;
    state_->listen_or_not();
  });
}

std::uint64_t tcp_gate::passed(direction which) const {
  return state_->on_thread([&] { return state_->of(which).passed; });
}

std::size_t tcp_gate::connections() const {
  return state_->on_thread([&] {
    std::size_t open = 0;
    for (const auto& each : state_->links)
      if (const auto one = each.lock()) open += one->client.is_open();
    return open;
  });
}

}  // namespace firstcome::testing
