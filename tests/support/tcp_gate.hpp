#pragma once

// Stands between a client and a server on 127.0.0.1 and forwards bytes, until a test has it hold them back, slow them
// down, or cut the connection in the middle of an answer. Any number of connections.
//
// Thread safety: any thread. What a function orders is so when it returns: no byte passes a direction that was stalled.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace firstcome::testing {

class tcp_gate {
 public:
  enum class direction { to_server, to_client };

  explicit tcp_gate(std::uint16_t server_port);
  ~tcp_gate();

  std::uint16_t port() const;
  std::string address() const;  // 127.0.0.1:port, wherever it has gone
  /// For connections from now on.
  void lead_to(std::uint16_t server_port);

  /// Bytes are read and kept; what the sender does not get rid of fills the buffers of the kernel.
  void stall(direction which);
  void stall();  // both
  /// Each portion of bytes waits that long; portions do not overtake each other.
  void delay(direction which, std::chrono::milliseconds each);
  /// Lets so many more bytes pass, over all connections; the connection of the last one is then reset.
  void cut_after(direction which, std::uint64_t bytes);
  /// Ends stalls, delays and cuts that have not happened; what was kept goes on its way.
  void release();

  /// Resets every connection, on both sides.
  void cut();
  /// New connections are refused, as if nobody listened. Existing ones stay.
  void refuse();
  void accept_again();
  /// The server behind the gate changes its address: every connection is reset and nobody listens here any more, until
  /// it is back, on the same port of this address (127.0.0.2). A refusal of before or of meanwhile goes on.
  void leave();
  void come_back_at(const std::string& address);

  std::uint64_t passed(direction which) const;  // bytes, so far
  std::size_t connections() const;              // open now

 private:
  struct implementation;
  const std::unique_ptr<implementation> state_;
};

}  // namespace firstcome::testing
