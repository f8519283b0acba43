#include "redis/error_reply.hpp"

#include <array>
#include <charconv>

#include "redis/slot_map.hpp"

namespace firstcome::redis {
namespace {

struct known_error {
  std::string_view prefix;
  error_kind kind;
};

// Redis checks all of these before it executes a command; of the errors inside a script, OOM, MISCONF, READONLY and
// NOREPLICAS come at its first write at the latest.
constexpr std::array known_errors{
    known_error{"MOVED ", error_kind::moved},
    known_error{"ASK ", error_kind::ask},
    known_error{"TRYAGAIN", error_kind::try_again},
    known_error{"CLUSTERDOWN", error_kind::cluster_down},
    known_error{"LOADING", error_kind::loading},
    known_error{"MASTERDOWN", error_kind::master_down},
    known_error{"READONLY", error_kind::read_only},
    known_error{"NOSCRIPT", error_kind::no_script},
    known_error{"OOM ", error_kind::refused},
    known_error{"MISCONF", error_kind::refused},
    known_error{"NOREPLICAS", error_kind::refused},
    known_error{"BUSY ", error_kind::refused},
    known_error{"NOAUTH", error_kind::refused},
    known_error{"NOPERM", error_kind::refused},
    known_error{"CROSSSLOT", error_kind::refused},
    known_error{"ERR unknown command", error_kind::refused},
    known_error{"ERR Error compiling script", error_kind::refused},
    known_error{"ERR max number of clients", error_kind::refused},
};

template <class Number>
std::optional<Number> decimal(std::string_view digits) {
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

error_kind kind_of(std::string_view error) {
  for (const known_error& each : known_errors)
    if (error.starts_with(each.prefix)) return each.kind;
  return error_kind::perhaps_executed;
}

std::optional<redirection> redirection_of(std::string_view error, const node_address& asked) {
  const std::size_t first_space = error.find(' ');
  const std::size_t second_space = error.find(' ', first_space + 1);
  const std::size_t colon = error.rfind(':');  // the last: a host may be an IPv6 address
  if (second_space == std::string_view::npos || colon == std::string_view::npos || colon < second_space)
    return std::nullopt;
  const auto slot = decimal<int>(error.substr(first_space + 1, second_space - first_space - 1));
  const auto port = decimal<std::uint16_t>(error.substr(colon + 1));
  if (!slot || *slot < 0 || *slot >= slot_count || !port || *port == 0) return std::nullopt;
  const std::string_view host = error.substr(second_space + 1, colon - second_space - 1);
  return redirection{*slot, {host.empty() ? asked.host : std::string(host), *port}};
}

}  // namespace firstcome::redis
