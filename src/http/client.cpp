#include "http/client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <mutex>

#include "http/url.hpp"

namespace firstcome::http {
namespace {

using handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using header_list = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

struct taken_text {
  std::string text;
  std::size_t size_max;
};

std::size_t take(char* data, std::size_t, std::size_t size, void* into) {
  auto& taken = *static_cast<taken_text*>(into);
  if (taken.text.size() + size > taken.size_max) return 0;  // which ends the transfer
  taken.text.append(data, size);
  return size;
}

int give_up(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* const given = static_cast<const std::atomic<bool>*>(stop);
  return given != nullptr && *given ? 1 : 0;
}

handle new_handle() {
  static std::once_flag begun;
  std::call_once(begun, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  handle made(curl_easy_init(), &curl_easy_cleanup);
  if (!made) throw no_answer(client_failure::other, "libcurl cannot begin");
  return made;
}

header_list headers_of(const client_request& request) {
  header_list list(nullptr, &curl_slist_free_all);
  const auto add = [&](const char* line) {
    curl_slist* const longer = curl_slist_append(list.get(), line);
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
  };
  add("Connection: close");
  add("Expect:");  // asks nobody whether a body is welcome, and waits for nobody's word
  for (const std::string& line : request.headers) add(line.c_str());
  return list;
}

/// libcurl takes 0 for "for ever", or for a usual time of its own.
void limit(CURL* transfer, runtime::deadline until) {
  const std::chrono::milliseconds left = until.left();
  if (left.count() == 0) throw no_answer(client_failure::too_late, "there was no time left to begin");
  const auto timeout =
      static_cast<long>(std::min<std::int64_t>(left.count(), std::numeric_limits<std::int32_t>::max()));
  curl_easy_setopt(transfer, CURLOPT_CONNECTTIMEOUT_MS, timeout);
  curl_easy_setopt(transfer, CURLOPT_TIMEOUT_MS, timeout);
}

void set_transport(CURL* transfer, const client_request& request) {
  const auto parsed = parse_web_url(request.url);
  const bool plain = parsed && parsed->scheme == "http";
  curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
  if (plain) curl_easy_setopt(transfer, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(transfer, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(transfer, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (const char* authorities = std::getenv("SSL_CERT_FILE")) curl_easy_setopt(transfer, CURLOPT_CAINFO, authorities);
  limit(transfer, request.until);
  curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  curl_easy_setopt(transfer, CURLOPT_QUICK_EXIT, 1L);  // does not wait for a resolver that is silent
#endif
  curl_easy_setopt(transfer, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(transfer, CURLOPT_XFERINFOFUNCTION, &give_up);
  curl_easy_setopt(transfer, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(request.stop));
}

void set_request(CURL* transfer, const client_request& request, curl_slist* headers) {
  curl_easy_setopt(transfer, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(transfer, CURLOPT_USERAGENT, "firstcome/" FIRSTCOME_VERSION);
  curl_easy_setopt(transfer, CURLOPT_ACCEPT_ENCODING, "");  // whatever libcurl can undo
  curl_easy_setopt(transfer, CURLOPT_HTTPHEADER, headers);
  if (!request.body.empty()) {
    curl_easy_setopt(transfer, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(transfer, CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method != "GET") curl_easy_setopt(transfer, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

client_failure failure_of(CURLcode outcome, CURL* transfer) {
  long system_error = 0;
  switch (outcome) {
    case CURLE_COULDNT_CONNECT:
      curl_easy_getinfo(transfer, CURLINFO_OS_ERRNO, &system_error);
      return system_error == ECONNREFUSED ? client_failure::not_listening : client_failure::not_reachable;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return client_failure::not_reachable;
    case CURLE_PEER_FAILED_VERIFICATION:
      return client_failure::not_trusted;
    case CURLE_SSL_CACERT_BADFILE:
      return client_failure::no_authorities;
    case CURLE_SSL_CONNECT_ERROR:
      return client_failure::no_tls;
    case CURLE_OPERATION_TIMEDOUT:
      return client_failure::timed_out;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return client_failure::cut;
    case CURLE_WRITE_ERROR:
      return client_failure::too_large;
    case CURLE_ABORTED_BY_CALLBACK:
      return client_failure::stopped;
    default:
      return client_failure::other;
  }
}

}  // namespace

client_answer ask(const client_request& request) {
  const header_list headers = headers_of(request);
  const handle made = new_handle();
  CURL* const transfer = made.get();
  taken_text taken{{}, request.answer_size_max};
  std::array<char, CURL_ERROR_SIZE> why{};
  set_transport(transfer, request);
  set_request(transfer, request, headers.get());
  curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(transfer, CURLOPT_WRITEDATA, &taken);
  curl_easy_setopt(transfer, CURLOPT_ERRORBUFFER, why.data());
  const CURLcode outcome = curl_easy_perform(transfer);
  if (outcome != CURLE_OK)
    throw no_answer(failure_of(outcome, transfer), why.front() != '\0' ? why.data() : curl_easy_strerror(outcome));
  client_answer answer{.status = 0, .body = std::move(taken.text), .redirect_to = {}};
  long status = 0;
  curl_easy_getinfo(transfer, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  const char* elsewhere = nullptr;
  curl_easy_getinfo(transfer, CURLINFO_REDIRECT_URL, &elsewhere);
  if (elsewhere != nullptr) answer.redirect_to = elsewhere;
  return answer;
}

}  // namespace firstcome::http
