#pragma once

// Where Redis is, and how durable it must be.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/secret.hpp"

namespace firstcome::redis {

struct node_address {
  std::string host;
  std::uint16_t port = 6379;
  friend bool operator==(const node_address&, const node_address&) = default;
};

std::string to_string(const node_address& of);  // host:port

/// redis://[user[:password]@]host[:port][,host[:port]…][/database]: the first of the hosts that is a master is taken.
/// redis+cluster:// for Redis Cluster, where the hosts are the first ones to ask. rediss:// and rediss+cluster:// are
/// refused where hiredis is older than 1.0, with that reason.
struct address {
  std::vector<node_address> nodes;
  std::string user;
  runtime::secret password;
  int database = 0;  // always 0 in a cluster
  bool cluster = false;
  bool tls = false;
};

/// Throws `std::invalid_argument`: a sentence that says what is wrong and never quotes the password.
address parse_address(std::string_view url);
/// Without the password.
std::string to_string(const address& of);

/// What Redis promises about an answer that it gave. Weaker than `always` has to be asked for by name.
enum class durability { always, everysec, none, assumed };

}  // namespace firstcome::redis
