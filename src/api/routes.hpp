#pragma once

// Every path that is served, in one table: who may ask, whether there is a body and how long it may be. Matching is a
// pure function without allocation.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/exchange.hpp"
#include "identity/role.hpp"

namespace firstcome::api {

enum class operation : std::uint8_t {
  issue,
  issue_originally,  // the original service's contract
  find_issue,
  find_own_issue,
  list_user_issues,
  list_own_issues,
  use_issue,
  undo_use,
  return_issue,
  show_coupon,
  list_coupons,
  create_coupon,
  change_coupon,
  list_coupon_issues,
  list_actions,
  list_dead_letters,
  begin_rehearsal,
  tell_health,
  tell_readiness,
  tell_metrics,
  tell_openapi,
  show_live,
  tell_stats,
  show_index,  // from here to the end: the pages for people
  show_event_page,
  show_console,
  send_widget,
  send_file,
};

enum class request_body : std::uint8_t { none, json };

/// Who may ask for a route. One place: what a role may do is what the table of routes says with these.
namespace access {
using identity::role;
using identity::role_set;
/// No token is asked for, and none is looked at.
inline constexpr role_set anyone{};
inline constexpr role_set users{role::user, role::admin};
inline constexpr role_set only_users{role::user};  // what is "mine" is nobody's who works here
inline constexpr role_set all{role::user, role::till, role::viewer, role::operator_, role::admin};
inline constexpr role_set users_and_viewers{role::user, role::viewer, role::operator_, role::admin};
inline constexpr role_set users_and_operators{role::user, role::operator_, role::admin};
inline constexpr role_set tills{role::till, role::admin};
inline constexpr role_set viewers{role::viewer, role::operator_, role::admin};
inline constexpr role_set operators{role::operator_, role::admin};
inline constexpr role_set admins{role::admin};
}  // namespace access

struct route {
  http::method method;
  std::string_view pattern;  // a segment in braces stands for an id, and * for anything
  operation what;
  identity::role_set who;
  request_body body;
  std::size_t body_limit;  // bytes
};

constexpr std::size_t path_ids_max = 2;

struct route_match {
  enum class outcome : std::uint8_t { found, not_found, method_not_allowed };

  outcome what = outcome::not_found;
  const route* to = nullptr;                     // when found
  std::size_t index = 0;                         // of the route; `route_none` when there is none
  bool ids_valid = true;                         // each id of the path is a whole number from 1 to 2^63-1
  std::array<std::int64_t, path_ids_max> ids{};  // in the order of the path, when valid
};

/// All of them.
std::span<const route> routes();

/// A HEAD is matched as the GET of the same path.
route_match match(http::method method, std::string_view path);

inline constexpr std::size_t user_body_max = 4 * 1024;    // bytes; also where nothing is served
inline constexpr std::size_t admin_body_max = 64 * 1024;  // bytes, for who has shown the token

/// What a balancer, a watchdog or a monitor asks, and must hear also when a crowd holds every connection.
constexpr bool is_probe(operation what) {
  return what == operation::tell_health || what == operation::tell_readiness || what == operation::tell_metrics;
}

/// The methods that the path has, as the Allow header wants them.
std::string allowed_methods(std::string_view path);

/// The label of each route for the metrics, by index; the last one stands for requests that fit none.
std::vector<std::string> route_names();
extern const std::size_t route_none;

/// A whole number from 1 to 2^63-1 without leading zeros; nothing else.
bool read_id(std::string_view text, std::int64_t& id);

}  // namespace firstcome::api
