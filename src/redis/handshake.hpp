#pragma once

// What is said on every new connection before it is used: who we are, which database, whether this Redis keeps what it
// answers, is new enough, and runs a script for us. Pure: the connections send `bytes` and hand in the answers, in
// order.

#include <optional>
#include <string>
#include <vector>

#include "domain/error.hpp"
#include "redis/address.hpp"
#include "redis/reply.hpp"

namespace firstcome::redis {

/// This Redis answers, but it must not or cannot be used as it is, and trying again does not help: a wrong password, a
/// missing right, a cluster that was not called one. What a starting node fails with; a running one treats it as any
/// other `store_unavailable`.
class misconfigured : public store_unavailable {
 public:
  using store_unavailable::store_unavailable;
};

/// It would lose what it answered. The sentence names the setting, its value and what to do.
class not_durable_enough : public misconfigured {
 public:
  using misconfigured::misconfigured;
};

class handshake {
 public:
  enum class fault { not_now, misconfigured, not_durable_enough };
  struct refusal {
    fault kind;
    std::string sentence;
  };

  handshake(const address& at, durability wanted);

  std::size_t size() const { return steps_.size(); }
  /// The n-th command, in Redis' protocol. It may hold the password.
  std::string bytes(std::size_t n) const;
  /// What the answer to the n-th command forbids; nothing: go on.
  std::optional<refusal> check(std::size_t n, reply_view answer) const;

 private:
  enum class step { log_in, select, version, role, config, ping, script };
  struct entry {
    step what;
    std::string setting = {};  // of CONFIG GET
  };
  std::optional<refusal> check_version(std::string_view info) const;
  std::optional<refusal> check_error(const entry& asked, std::string_view error) const;
  std::optional<refusal> check_setting(const std::string& setting, reply_view answer) const;

  const address& at_;
  durability wanted_;
  std::vector<entry> steps_;
};

/// Throws the exception that stands for it; `node` begins its sentence.
[[noreturn]] void throw_refusal(const node_address& node, const handshake::refusal& why);

}  // namespace firstcome::redis
