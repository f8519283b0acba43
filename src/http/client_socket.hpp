#pragma once

// A connected TCP socket, not blocking: what a connection reads from and writes to. Closes when it goes.
//
// The kernel reports each readiness once (edge-triggered), so the socket remembers it until a transfer finds the end.

#include <cstddef>
#include <cstdint>
#include <span>

namespace firstcome::http {

class client_socket {
 public:
  struct transfer {
    std::size_t size = 0;
    bool would_block = false;  // nothing now; wait until the kernel says more
    bool ended = false;        // closed by the client, or broken
  };

  /// Takes over an open descriptor.
  explicit client_socket(int descriptor);
  ~client_socket() { close(); }
  client_socket(client_socket&& other) noexcept;
  client_socket& operator=(client_socket&&) = delete;

  transfer receive(std::span<char> into);
  transfer send(std::span<const char> from);

  /// What the kernel has reported: events of epoll.
  void on_ready(std::uint32_t events);
  bool readable() const { return readable_; }
  bool writable() const { return writable_; }
  /// Not readable until the kernel reports it again.
  void wait_for_report() { readable_ = false; }

  /// We have said everything; the client may still be sending.
  void shutdown_send();
  void close();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
  bool readable_ = false;
  bool writable_ = true;
  bool ended_ = false;  // the client closed its side, or the connection broke: reading will tell
};

}  // namespace firstcome::http
