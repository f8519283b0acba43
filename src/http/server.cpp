#include "http/server.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <sstream>

#include "runtime/log.hpp"

namespace firstcome::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::size_t near_limit_share = 64;  // with a 64th of the connections left, the longest idle give way
constexpr int backlog = 4096;                 // the kernel cuts it to net.core.somaxconn
}  // namespace

server::server(std::span<const std::unique_ptr<event_loop>> loops, application& app, connection_limits limits,
               const runtime::clock& clock)
    : limits_(limits), acceptor_(loops.front()->context()), pause_(loops.front()->context()) {
  for (const auto& loop : loops)
    loops_.push_back(std::make_unique<loop_connections>(*loop, app, limits_, clock, counts_));
}

void server::listen(const tcp::endpoint& at) try {
  acceptor_.open(at.protocol());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind(at);
  acceptor_.listen(backlog);
} catch (const boost::system::system_error& failed) {
  std::ostringstream what;
  what << "cannot listen on " << at;
  throw boost::system::system_error(failed.code().value(), failed.code().category(), what.str());
}

void server::start() {
  on_each_loop([](loop_connections& one) { one.start(); });
  asio::post(acceptor_.get_executor(), [this] { accept_next(); });
}

void server::accept_next() {
  loop_connections& loop = next_loop();
  acceptor_.async_accept([this, &loop](error_code ec, tcp::socket client) { on_accept(ec, std::move(client), loop); });
}

void server::on_accept(error_code ec, tcp::socket client, loop_connections& loop) {
  if (ec == asio::error::operation_aborted || !acceptor_.is_open()) return;
  if (ec == asio::error::no_descriptors || ec == boost::system::errc::too_many_files_open_in_system ||
      ec == asio::error::no_memory || ec == asio::error::no_buffer_space) {
    runtime::log::warn("cannot accept a client: " + ec.message() + "; trying again in " +
                       std::to_string(accept_pause.count()) + " ms");
    pause_.expires_after(accept_pause);
    pause_.async_wait([this](error_code stopped) {
      if (!stopped && acceptor_.is_open()) accept_next();
    });
    return;
  }
  if (!ec) {
    const std::size_t present = ++counts_.connections;
    if (present > limits_.connections_max + refused_connections_max) {
      --counts_.connections;  // the client's socket closes as it leaves scope
    } else {
      asio::dispatch(loop.executor(),
                     [&loop, how = admission_of(present), socket = client_socket(client.release())]() mutable {
                       loop.admit(std::move(socket), how);
                     });
    }
  }
  accept_next();
}

admission server::admission_of(std::size_t present) const {
  const std::size_t max = limits_.connections_max;
  if (present > max + refused_connections_max / 2) return admission::past_reserve;
  if (present > max) return admission::past_limit;
  return present > max - max / near_limit_share ? admission::near_limit : admission::welcome;
}

void server::drain() {
  asio::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
  on_each_loop([](loop_connections& one) { one.drain(); });
}

void server::abort() {
  on_each_loop([](loop_connections& one) { one.abort(); });
}

template <class Function>
void server::on_each_loop(Function function) {
  for (const auto& one : loops_) asio::post(one->executor(), [&one = *one, function] { function(one); });
}

}  // namespace firstcome::http
