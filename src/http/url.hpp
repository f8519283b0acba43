#pragma once

// Takes an http:// or https:// URL apart, by libcurl's rules. Thread safety: pure.

#include <optional>
#include <string>

namespace firstcome::http {

struct web_url {
  std::string scheme;     // http or https
  std::string host;       // IPv6 in brackets
  std::string authority;  // HOST[:PORT], as a client sends it
  std::string path;       // "/" when the text has none
  bool has_query_or_fragment = false;

  /// scheme://authority, to which a path is appended.
  std::string base() const { return scheme + "://" + authority; }
};

/// Nothing for other schemes, for what is no URL, and for one that carries a user's name or password.
std::optional<web_url> parse_web_url(const std::string& text);

/// This machine itself: localhost, [::1], 127.0.0.0/8.
bool is_loopback(const web_url& url);

}  // namespace firstcome::http
