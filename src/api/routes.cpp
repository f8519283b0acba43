#include "api/routes.hpp"

#include <charconv>

#include "domain/ids.hpp"

namespace firstcome::api {
namespace {

using enum operation;
using http::method;

// The hot one first: the table is searched from the top.
constexpr route table[] = {
    {method::post, "/v1/coupons/{id}/issues", issue, access::users, request_body::json, user_body_max},
    {method::post, "/v1/issue", issue_originally, access::users, request_body::json, user_body_max},
    {method::post, "/v1/issue-async", issue_originally, access::users, request_body::json, user_body_max},
    {method::post, "/v2/issue-async", issue_originally, access::users, request_body::json, user_body_max},
    {method::get, "/v1/coupons/{id}/issues/me", find_own_issue, access::only_users, request_body::none, user_body_max},
    {method::get, "/v1/users/me/issues", list_own_issues, access::only_users, request_body::none, user_body_max},
    {method::get, "/v1/coupons/{id}/issues/{userId}", find_issue, access::all, request_body::none, user_body_max},
    {method::get, "/v1/users/{userId}/issues", list_user_issues, access::users_and_viewers, request_body::none,
     user_body_max},
    {method::get, "/v1/coupons/{id}", show_coupon, access::anyone, request_body::none, user_body_max},
    {method::get, "/v1/coupons", list_coupons, access::anyone, request_body::none, user_body_max},
    {method::post, "/v1/coupons/{id}/issues/{userId}/use", use_issue, access::tills, request_body::json,
     admin_body_max},
    {method::delete_, "/v1/coupons/{id}/issues/{userId}/use", undo_use, access::tills, request_body::none,
     user_body_max},
    {method::post, "/v1/coupons/{id}/issues/{userId}/return", return_issue, access::users_and_operators,
     request_body::json, user_body_max},
    {method::post, "/v1/coupons", create_coupon, access::operators, request_body::json, admin_body_max},
    {method::patch, "/v1/coupons/{id}", change_coupon, access::operators, request_body::json, admin_body_max},
    {method::get, "/v1/coupons/{id}/issues", list_coupon_issues, access::viewers, request_body::none, admin_body_max},
    {method::get, "/v1/actions", list_actions, access::viewers, request_body::none, user_body_max},
    {method::get, "/v1/dead-letters", list_dead_letters, access::viewers, request_body::none, user_body_max},
    {method::post, "/v1/rehearsals", begin_rehearsal, access::admins, request_body::json, user_body_max},
    {method::get, "/healthz", tell_health, access::anyone, request_body::none, user_body_max},
    {method::get, "/readyz", tell_readiness, access::anyone, request_body::none, user_body_max},
    {method::get, "/metrics", tell_metrics, access::anyone, request_body::none, user_body_max},
    {method::get, "/openapi.json", tell_openapi, access::anyone, request_body::none, user_body_max},
    {method::get, "/v1/coupons/{id}/live", show_live, access::anyone, request_body::none, user_body_max},
    {method::get, "/v1/stats", tell_stats, access::viewers, request_body::none, user_body_max},
    {method::get, "/", show_index, access::anyone, request_body::none, user_body_max},
    {method::get, "/events/{id}", show_event_page, access::anyone, request_body::none, user_body_max},
    {method::get, "/console", show_console, access::anyone, request_body::none, user_body_max},
    {method::get, "/widget.js", send_widget, access::anyone, request_body::none, user_body_max},
    {method::get, "/web/*", send_file, access::anyone, request_body::none, user_body_max},
};

/// How much of the pattern is text to its end or to the next placeholder.
std::size_t text_before_placeholder(std::string_view pattern) {
  const std::size_t brace = pattern.find('{');
  if (brace != std::string_view::npos) return brace;
  return pattern.ends_with('*') ? pattern.size() - 1 : pattern.size();
}

bool fits(std::string_view pattern, std::string_view path, route_match& found) {
  std::size_t ids = 0;
  bool valid = true;
  for (;;) {
    const std::size_t text = text_before_placeholder(pattern);
    if (!path.starts_with(pattern.substr(0, text))) return false;
    pattern.remove_prefix(text);
    path.remove_prefix(text);
    if (pattern.empty()) break;

    const std::string_view given = path.substr(0, path.find('/'));
    if (given.empty()) return false;
    if (pattern.front() == '{') valid = read_id(given, found.ids[ids++]) && valid;
    pattern.remove_prefix(pattern.front() == '{' ? pattern.find('}') + 1 : 1);
    path.remove_prefix(given.size());
  }
  found.ids_valid = valid;
  return path.empty();
}

}  // namespace

const std::size_t route_none = std::size(table);

bool read_id(std::string_view text, std::int64_t& id) {
  if (text.empty() || text.front() < '1' || text.front() > '9') return false;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  return ec == std::errc() && end == text.data() + text.size();
}

std::span<const route> routes() {
  return table;
}

route_match match(http::method method, std::string_view path) {
  if (method == method::head) method = method::get;
  route_match found;
  found.index = route_none;
  for (const route& r : table) {
    if (found.what == route_match::outcome::method_not_allowed && r.method != method) continue;
    if (!fits(r.pattern, path, found)) continue;
    if (r.method != method) {
      found.what = route_match::outcome::method_not_allowed;
      continue;
    }
    found.what = route_match::outcome::found;
    found.to = &r;
    found.index = static_cast<std::size_t>(&r - table);
    return found;
  }
  return found;
}

std::string allowed_methods(std::string_view path) {
  std::string allowed;
  route_match ignored;
  for (const route& r : table) {
    if (!fits(r.pattern, path, ignored)) continue;
    if (!allowed.empty()) allowed += ", ";
    allowed += std::string_view(boost::beast::http::to_string(r.method));
    if (r.method == method::get) allowed += ", HEAD";
  }
  return allowed;
}

std::vector<std::string> route_names() {
  std::vector<std::string> names;
  for (const route& r : table)
    names.push_back(std::string(boost::beast::http::to_string(r.method)) + ' ' + std::string(r.pattern));
  names.emplace_back("none");
  return names;
}

}  // namespace firstcome::api
