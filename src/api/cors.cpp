#include "api/cors.hpp"

#include <algorithm>

namespace firstcome::api {
namespace {

// A header that a cache or a browser sees: that the answer depends on who asks.
constexpr std::string_view vary = "Vary: Origin\r\n";

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
}

}  // namespace

bool is_origin(std::string_view text) {
  if (text == "*") return true;
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == text.npos) return false;
  const std::string_view scheme = text.substr(0, scheme_end);
  if (scheme != "https" && scheme != "http") return false;
  std::string_view host = text.substr(scheme_end + 3);
  const std::size_t colon = host.rfind(':');
  if (colon != host.npos && host.find(']', colon) == host.npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos) return false;
    host = host.substr(0, colon);
  }
  const bool literal = host.starts_with('[') && host.ends_with(']');
  if (literal) return host.size() > 2 && host.find_first_not_of("0123456789abcdef:.", 1) == host.size() - 1;
  return !host.empty() && std::all_of(host.begin(), host.end(), is_host_character);
}

cors::cors(const std::vector<std::string>& origins) {
  for (const std::string& origin : origins) {
    any_ = any_ || origin == "*";
    known_.push_back({origin, "Access-Control-Allow-Origin: " + origin +
                                  "\r\nAccess-Control-Expose-Headers: Location, Retry-After, WWW-Authenticate\r\n" +
                                  std::string(vary)});
  }
}

const cors::known_origin* cors::find(std::string_view origin) const {
  if (origin.empty()) return nullptr;
  const std::string_view wanted = any_ ? std::string_view("*") : origin;
  const auto found = std::find_if(known_.begin(), known_.end(), [&](const auto& k) { return k.origin == wanted; });
  return found == known_.end() ? nullptr : &*found;
}

bool cors::allows(std::string_view origin) const {
  return find(origin) != nullptr;
}

std::string_view cors::lines_for(std::string_view origin) const {
  if (known_.empty()) return {};
  const known_origin* found = find(origin);
  return found == nullptr ? vary : std::string_view(found->lines);
}

std::string preflight_lines(std::string_view methods) {
  // Two hours are the longest that Chromium remembers it.
  return "Access-Control-Allow-Methods: " + std::string(methods) +
         "\r\nAccess-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key\r\n"
         "Access-Control-Max-Age: 7200\r\n";
}

}  // namespace firstcome::api
