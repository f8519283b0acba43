#pragma once

// The life of one connection to one node, as a machine without I/O: when to open it and at which address, whether the
// handshake went well, which of its calls may have left, and when to try again after it was lost.
//
//   down ──tick──▶ resolving ──▶ connecting ──▶ greeting ──▶ ready
//     ◀── closed ── closing ◀── refused, too slow, given up ─┘
//
// Whoever drives it carries out the order that an event returns, and tells the machine what became of that. `closed`
// may come in every state: connections are lost at any time.
// Thread safety: none. Memory: the hosts, and the addresses of one name.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/time.hpp"
#include "redis/address.hpp"
#include "redis/backoff.hpp"
#include "redis/handshake.hpp"

namespace firstcome::redis {

class node_link {
 public:
  enum class state : std::uint8_t { down, resolving, connecting, greeting, ready, closing };
  enum class order : std::uint8_t { nothing, resolve, connect, close };

  /// `hosts`: tried in turn, each at all addresses that its name has, until one is as it should be.
  node_link(std::vector<node_address> hosts, const handshake& hello, std::chrono::milliseconds connect_timeout,
            std::uint32_t seed);

  /// Makes it the link to another node. Only when down.
  void reuse_for(const node_address& node);

  state now() const { return state_; }
  bool ready() const { return state_ == state::ready; }
  /// Whom it is connected to, or will be next.
  const node_address& node() const { return hosts_[host_]; }
  /// After the order to connect: where, in numbers.
  const std::string& numeric_host() const { return numeric_host_; }
  /// After the order to resolve: which attempt this is. `resolved` brings it back, so that a late answer is recognized.
  unsigned attempt() const { return attempt_; }
  /// Why it is down or is being closed; a whole sentence once it is down.
  const std::string& why() const { return why_; }

  /// Opens it when that is due, and gives up attempts that take too long. `wanted`: false lets it stay down.
  order tick(monotonic at, bool wanted);
  order resolved(unsigned attempt, std::vector<std::string> addresses);
  order not_resolved(unsigned attempt, std::string_view why);
  /// There is room to write for the first time: the connection is there, and the handshake leaves.
  void opened();
  /// The answer to the n-th command of the handshake. `ready()` afterwards says whether it was the last.
  order greeted(std::size_t n, reply_view answer);
  /// Nothing: it is closed already, or about to be.
  order close(std::string_view why);
  void closed(std::string_view why, monotonic at);

  /// Counts one more call, and gives its number on this link.
  std::uint64_t take() { return ++taken_; }
  /// All that was taken is handed to the system's socket now.
  void writing() { written_ = taken_; }
  /// False: surely not a byte of that call has left.
  bool may_have_left(std::uint64_t number) const { return number <= written_; }

 private:
  order begin(monotonic at);
  order connect_to(std::string numeric_host);

  std::vector<node_address> hosts_;
  const handshake& hello_;
  const std::chrono::milliseconds connect_timeout_;
  backoff backoff_;

  state state_ = state::down;
  std::size_t host_ = 0;
  std::vector<std::string> addresses_;  // of the host's name, when it was looked up last
  std::size_t next_address_ = 0;        // the first of them that was not tried
  std::string numeric_host_;
  monotonic due_{};       // down: the next attempt; else: when the attempt has taken too long
  unsigned attempt_ = 0;  // of opening it, over the life of the link
  std::uint64_t taken_ = 0;
  std::uint64_t written_ = 0;
  std::string why_;
};

}  // namespace firstcome::redis
