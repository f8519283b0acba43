#include "identity/jwks_fetch.hpp"

#include <stdexcept>

#include "http/client.hpp"
#include "http/url.hpp"

namespace firstcome::identity {
namespace {

constexpr int ok = 200;

}  // namespace

bool is_fetchable(const std::string& url) {
  const auto parsed = http::parse_web_url(url);
  return parsed && (parsed->scheme == "https" || http::is_loopback(*parsed));
}

std::string fetch(const std::string& url, const std::atomic<bool>* stop) {
  if (!is_fetchable(url)) throw std::runtime_error("it may be an https:// URL, or http:// to this machine");
  try {
    http::client_answer got = http::ask(
        {.url = url, .until = runtime::deadline::after(fetch_max), .answer_size_max = key_text_max, .stop = stop});
    if (got.status != ok) throw std::runtime_error("it answers with status " + std::to_string(got.status));
    return std::move(got.body);
  } catch (const http::no_answer& nothing) {
    if (nothing.why() == http::client_failure::too_large) throw std::runtime_error("it has more than 1 MiB");
    throw;
  }
}

}  // namespace firstcome::identity
