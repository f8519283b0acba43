#include "http/url.hpp"

#include <curl/curl.h>

#include <memory>

namespace firstcome::http {
namespace {

using parsed_url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// Empty when the URL has no such part.
std::string part_of(const parsed_url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

}  // namespace

std::optional<web_url> parse_web_url(const std::string& text) {
  const parsed_url parsed(curl_url(), &curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    return std::nullopt;
  web_url url;
  url.scheme = part_of(parsed, CURLUPART_SCHEME);
  // libcurl forgives a slash too few or too many.
  if ((url.scheme != "http" && url.scheme != "https") || text.find("://") != url.scheme.size() ||
      text.find(":///") != std::string::npos)
    return std::nullopt;
  url.host = part_of(parsed, CURLUPART_HOST);
  if (url.host.empty()) return std::nullopt;
  const std::string port = part_of(parsed, CURLUPART_PORT);
  url.authority = port.empty() ? url.host : url.host + ":" + port;
  url.path = part_of(parsed, CURLUPART_PATH);
  url.has_query_or_fragment = text.find_first_of("?#") != std::string::npos;
  return url;
}

bool is_loopback(const web_url& url) {
  // Four numbers with dots between them, the first of which is 127: what else begins so may be anybody's name.
  return url.host == "localhost" || url.host == "[::1]" ||
         (url.host.starts_with("127.") && url.host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace firstcome::http
