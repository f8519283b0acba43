#pragma once

// Accepts clients and hands them out to the event loops in turn: one acceptor, so that a crowd of few connections is
// spread evenly and none is left behind in the queue of a loop that stops.
// Thread safety: `drain`, `abort` and `connections` from any thread; the rest before the loops run.

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <span>
#include <vector>

#include "http/loop_connections.hpp"

namespace firstcome::http {

/// Clients beyond the limit, at a time: probes are answered, the others are told that there are too many; the rest are
/// just closed. Each needs a descriptor.
inline constexpr std::size_t refused_connections_max = 256;

class server {
 public:
  /// The loops must outlive the server and be finished before it is destroyed.
  server(std::span<const std::unique_ptr<event_loop>> loops, application& app, connection_limits limits,
         const runtime::clock& clock);

  /// Throws boost::system::system_error when the address cannot be had. Port 0: any free one; `endpoint` tells.
  void listen(const boost::asio::ip::tcp::endpoint& at);
  boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  void start();

  /// No new clients; present ones get the answers that they wait for, and are then closed.
  void drain();
  /// Closes what is left.
  void abort();
  std::size_t connections() const { return counts_.connections; }

 private:
  void accept_next();
  void on_accept(boost::system::error_code ec, boost::asio::ip::tcp::socket client, loop_connections& loop);
  admission admission_of(std::size_t present) const;
  loop_connections& next_loop() { return *loops_[turn_++ % loops_.size()]; }
  template <class Function>
  void on_each_loop(Function function);

  const connection_limits limits_;
  connection_counts counts_;
  std::vector<std::unique_ptr<loop_connections>> loops_;
  std::size_t turn_ = 0;
  boost::asio::ip::tcp::acceptor acceptor_;  // on the first loop
  boost::asio::steady_timer pause_;          // after running out of file descriptors
};

}  // namespace firstcome::http
