#pragma once

// Says when sockets become readable or writable: one edge-triggered epoll for all sockets of a loop, which Asio sees as
// a single descriptor. A socket is registered once for its life; Asio by itself would pay a system call per wait. See
// docs/adr/0001.
//
// Thread safety: the loop's thread only, but for construction.

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>

namespace firstcome::runtime {

class readiness {
 public:
  class watched {
   public:
    /// `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR, those that happened since the last call. May
    /// destroy itself, and nobody else who is watched.
    virtual void on_ready(std::uint32_t events) = 0;

   protected:
    ~watched() = default;
  };

  /// Throws boost::system::system_error when there are no file descriptors left.
  explicit readiness(boost::asio::io_context& context);

  void start() { wait(); }
  /// False: the kernel refuses to watch more. The watching ends when the descriptor is closed.
  bool watch(int socket, watched& by);
  /// Has the present state reported once more, after what else waits: for who gives up its turn.
  void report_again(int socket, watched& by);
  /// For libraries that read in portions and do not say whether anything is left (hiredis): reported in each round for
  /// as long as there is something to read, and room to write if that is asked for. Called again it changes that.
  bool watch_level(int socket, watched& by, bool room_to_write);
  /// Lets the loop come to its end.
  void stop() { epoll_.cancel(); }

 private:
  bool control(int operation, int socket, watched& by, std::uint32_t events);
  void wait();
  void collect();

  boost::asio::posix::stream_descriptor epoll_;
};

}  // namespace firstcome::runtime
