#pragma once

// A connected TCP socket, not blocking: what a connection reads from and writes to. Closes when it goes.

#include <cstddef>
#include <span>
#include <utility>

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
  client_socket(client_socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  client_socket& operator=(client_socket&&) = delete;

  transfer receive(std::span<char> into);
  transfer send(std::span<const char> from);
  /// We have said everything; the client may still be sending.
  void shutdown_send();
  void close();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace firstcome::http
