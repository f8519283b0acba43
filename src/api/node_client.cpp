#include "api/node_client.hpp"

#include <boost/json.hpp>

#include <cstdlib>
#include <random>
#include <thread>

#include "http/client.hpp"
#include "http/url.hpp"
#include "runtime/config.hpp"

namespace firstcome::api {
namespace {

namespace json = boost::json;

constexpr int creation_attempts_max = 3;
constexpr std::chrono::seconds between_creations{1};
// With less time the last attempt would only hide what the node said before.
constexpr std::chrono::seconds least_for_an_answer{1};

constexpr const char* advice_on_authorities =
    ": SSL_CERT_FILE may name a file with the certificates of the authorities that you trust (PEM); the system's own "
    "are "
    "in the package ca-certificates";

std::string sentence_for(const http::no_answer& nothing, const node_url& url) {
  const std::string detail = nothing.what();
  switch (nothing.why()) {
    case http::client_failure::not_listening:
      return "nothing listens at " + url.text +
             ": start a node with `firstcome serve`, or name the right one with --url";
    case http::client_failure::not_trusted:
      return "the certificate of " + url.text + " is not taken (" + detail +
             "). Name the host as its certificate does, with --url; or trust the authority that signed it" +
             advice_on_authorities;
    case http::client_failure::no_authorities: {
      const char* const file = std::getenv("SSL_CERT_FILE");
      return "cannot read the authorities by which " + url.text + " is to prove its name" +
             (file != nullptr ? ", in SSL_CERT_FILE (" + std::string(file) + ")" : "") + advice_on_authorities;
    }
    case http::client_failure::no_tls:
      return "cannot speak TLS with " + url.text + " (" + detail +
             "): the gateway before a node does; the node itself speaks http://";
    case http::client_failure::timed_out:
      return "the node at " + url.text +
             " did not answer in time; a change may or may not have been made: look before you repeat it";
    case http::client_failure::cut:
      return "the node at " + url.text + " closed the connection without an answer; look before you repeat a change";
    case http::client_failure::too_late:
    case http::client_failure::not_reachable:
    case http::client_failure::too_large:
    case http::client_failure::stopped:
    case http::client_failure::other:
      break;
  }
  return "cannot talk to " + url.text + ": " + detail;
}

std::string text_at(const json::value& body, const char* key) {
  const json::object* object = body.if_object();
  const json::value* value = object != nullptr ? object->if_contains(key) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string sentence_on_token(const std::string& origin) {
  const std::string where_it_is = "; a node keeps the one that it made in its data folder, as admin.token";
  if (origin.empty())
    return "the node wants its admin token (401 unauthorized), and none was given: give FIRSTCOME_ADMIN_TOKEN or "
           "--token-file" +
           where_it_is;
  return "the node did not take the token from " + origin +
         " (401 unauthorized): is it this node's? FIRSTCOME_ADMIN_TOKEN goes before --token-file, and both before "
         "./data/admin.token" +
         where_it_is;
}

std::string sentence_for(int status, const json::value& problem, const std::string& token_origin) {
  if (status == 401) return sentence_on_token(token_origin);
  const std::string code = text_at(problem, "code");
  std::string why = text_at(problem, "detail");
  if (why.empty()) why = text_at(problem, "title");
  if (why.empty()) why = "the node did not say why";
  return why + " (" + std::to_string(status) + (code.empty() ? "" : " " + code) + ")";
}

/// 128 random bits, as text.
std::string new_key() {
  std::random_device random;
  std::string key = "firstcome-coupon-";
  for (int digit = 0; digit < 32; ++digit) key += "0123456789abcdef"[random() % 16];
  return key;
}

json::value parse_body(const std::string& body, const node_url& url) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error) throw node_refused("what answers at " + url.text + " is no firstcome node: its answer is not JSON");
  return value;
}

}  // namespace

node_url node_url::parse(const std::string& text) {
  const auto url = http::parse_web_url(text);
  if (!url || url->path != "/" || url->has_query_or_fragment)
    throw runtime::wrong_usage("--url cannot be \"" + text + "\": it may be http://HOST:PORT or https://HOST:PORT");
  return {.base = url->base(), .text = text};
}

json::value node_client::get(const std::string& target) const {
  return call("GET", target, "", in_time());
}

json::value node_client::post(const std::string& target, const json::value& body) const {
  return call("POST", target, json::serialize(body), in_time());
}

json::value node_client::create(const std::string& target, const json::value& body) const {
  const std::string key = new_key(), text = json::serialize(body);
  const runtime::deadline until = in_time();
  for (int attempt = 1;; ++attempt) {
    try {
      return call("POST", target, text, until, key);
    } catch (const node_unclear&) {
      if (attempt == creation_attempts_max || until.left() <= between_creations + least_for_an_answer) throw;
      std::this_thread::sleep_for(between_creations);
    }
  }
}

json::value node_client::remove(const std::string& target) const {
  return call("DELETE", target, "", in_time());
}

json::value node_client::patch(const std::string& target, const json::value& body) const {
  return call("PATCH", target, json::serialize(body), in_time());
}

json::value node_client::call(const char* method, const std::string& target, std::string body, runtime::deadline until,
                              const std::string& idempotency_key) const {
  http::client_request request{.method = method, .url = url_.base + target, .body = std::move(body), .until = until};
  if (!token_.empty()) request.headers.push_back("Authorization: Bearer " + std::string(token_.reveal()));
  if (!request.body.empty()) request.headers.push_back("Content-Type: application/json");
  if (!idempotency_key.empty()) request.headers.push_back("Idempotency-Key: " + idempotency_key);
  http::client_answer answer;
  try {
    answer = http::ask(request);
  } catch (const http::no_answer& nothing) {
    // Where nobody listened, or nobody was trusted, nothing can have been done.
    if (nothing.may_have_arrived()) throw node_unclear(sentence_for(nothing, url_));
    throw node_refused(sentence_for(nothing, url_));
  }
  if (!answer.redirect_to.empty())
    throw node_refused(url_.text + " sends to " + answer.redirect_to + ": if you trust that one, name it with --url");
  json::value value = parse_body(answer.body, url_);
  if (answer.status == 503) throw node_unclear(sentence_for(503, value, token_origin_));
  if (answer.status / 100 != 2) throw node_refused(sentence_for(answer.status, value, token_origin_));
  return value;
}

}  // namespace firstcome::api
