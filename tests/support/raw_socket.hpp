#pragma once

// A TCP connection to 127.0.0.1 on which a test sends any bytes it likes. Every wait has a deadline; nothing throws
// when the other side closes or resets, because that is what many tests look for. Not thread-safe.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "support/eventually.hpp"

namespace firstcome::testing {

class raw_socket {
 public:
  using milliseconds = std::chrono::milliseconds;
  /// By then a server has closed what it does not want; long before it closes a connection that idles.
  static constexpr milliseconds closes_within{10'000};

  /// Throws when nobody listens.
  explicit raw_socket(std::uint16_t port);
  ~raw_socket();
  raw_socket(raw_socket&& other) noexcept;
  raw_socket& operator=(raw_socket&&) = delete;

  /// False when the other side is gone, or does not read for `patience`.
  bool send(std::string_view bytes);
  /// Tells the other side that no more will come; its answers can still be read.
  void half_close();
  /// Closes with a reset: what a crashed client's kernel sends.
  void reset();

  enum class event { data, closed, timed_out };
  /// Waits for bytes and appends them. A reset counts as closed.
  event receive(std::string& into, milliseconds within);
  /// Everything up to the close; `closed` tells whether the close came within the time.
  std::string receive_until_close(bool& closed, milliseconds within = closes_within);
  /// True when the other side closes (whatever it still sends before) within the time.
  bool closed_within(milliseconds within);

  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace firstcome::testing
