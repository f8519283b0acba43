#include "identity/jwks_fetch.hpp"

#include <curl/curl.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace firstcome::identity {
namespace {

constexpr long connect_patience_ms = 3000;
constexpr long ok = 200;

void begin_once() {
  static std::once_flag begun;
  std::call_once(begun, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

using parsed_url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

parsed_url parse(const std::string& url) {
  parsed_url parsed(curl_url(), &curl_url_cleanup);
  if (parsed && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER) != CURLUE_OK)
    parsed.reset();
  return parsed;
}

std::string part_of(const parsed_url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

/// Four numbers with dots between them, the first of which is 127: what else begins so may be anybody's name.
bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

std::size_t take(char* data, std::size_t, std::size_t size, void* into) {
  auto& text = *static_cast<std::string*>(into);
  if (text.size() + size > key_text_max) return 0;  // which ends the transfer
  text.append(data, size);
  return size;
}

int give_up(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* const given = static_cast<const std::atomic<bool>*>(stop);
  return given != nullptr && *given ? 1 : 0;
}

struct answer {
  std::string text;
  long status = 0;
};

void set_limits(CURL* transfer, bool plain) {
  curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
  if (plain) curl_easy_setopt(transfer, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(transfer, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(transfer, CURLOPT_CONNECTTIMEOUT_MS, connect_patience_ms);
  curl_easy_setopt(transfer, CURLOPT_TIMEOUT_MS, static_cast<long>(fetch_patience.count()));
  curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(transfer, CURLOPT_QUICK_EXIT, 1L);  // does not wait for a resolver that is silent
#endif
  if (const char* authorities = std::getenv("SSL_CERT_FILE")) curl_easy_setopt(transfer, CURLOPT_CAINFO, authorities);
}

answer perform(CURL* transfer) {
  answer got;
  std::array<char, CURL_ERROR_SIZE> why{};
  curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(transfer, CURLOPT_WRITEDATA, &got.text);
  curl_easy_setopt(transfer, CURLOPT_ERRORBUFFER, why.data());
  const CURLcode outcome = curl_easy_perform(transfer);
  if (outcome == CURLE_WRITE_ERROR) throw std::runtime_error("it has more than 1 MiB");
  if (outcome != CURLE_OK) throw std::runtime_error(why.front() != '\0' ? why.data() : curl_easy_strerror(outcome));
  curl_easy_getinfo(transfer, CURLINFO_RESPONSE_CODE, &got.status);
  return got;
}

}  // namespace

bool is_fetchable(const std::string& url) {
  begin_once();
  const parsed_url parsed = parse(url);
  if (!parsed || part_of(parsed, CURLUPART_HOST).empty()) return false;
  const std::string scheme = part_of(parsed, CURLUPART_SCHEME);
  return scheme == "https" || (scheme == "http" && is_loopback(part_of(parsed, CURLUPART_HOST)));
}

std::string fetch(const std::string& url, const std::atomic<bool>* stop) {
  if (!is_fetchable(url)) throw std::runtime_error("it may be an https:// URL, or http:// to this machine");
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> made(curl_easy_init(), &curl_easy_cleanup);
  CURL* const transfer = made.get();
  if (transfer == nullptr) throw std::runtime_error("libcurl cannot begin");
  set_limits(transfer, part_of(parse(url), CURLUPART_SCHEME) == "http");
  curl_easy_setopt(transfer, CURLOPT_URL, url.c_str());
  curl_easy_setopt(transfer, CURLOPT_USERAGENT, "firstcome/" FIRSTCOME_VERSION);
  curl_easy_setopt(transfer, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(transfer, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(transfer, CURLOPT_XFERINFOFUNCTION, &give_up);
  curl_easy_setopt(transfer, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(stop));
  answer got = perform(transfer);
  if (got.status != ok) throw std::runtime_error("it answers with status " + std::to_string(got.status));
  return std::move(got.text);
}

}  // namespace firstcome::identity
