#include "cli/node_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include <random>
#include <thread>

#include "runtime/config.hpp"

namespace firstcome::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace json = boost::json;
using tcp = asio::ip::tcp;

using text_request = http::request<http::string_body>;
using text_response = http::response<http::string_body>;

constexpr std::size_t answer_size_max = std::size_t{16} << 20;
constexpr int creation_attempts_max = 3;
constexpr std::chrono::seconds between_creations{1};

asio::awaitable<text_response> exchange(const node_url& url, const text_request& request,
                                        std::chrono::milliseconds deadline) {
  auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  beast::tcp_stream stream(executor);
  stream.expires_after(deadline);
  tcp::resolver::results_type addresses = co_await resolver.async_resolve(url.host, url.port, asio::use_awaitable);
  co_await stream.async_connect(addresses, asio::use_awaitable);
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_size_max);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  beast::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
  co_return parser.release();
}

text_response run(const node_url& url, const text_request& request, std::chrono::milliseconds deadline) {
  asio::io_context loop;
  asio::awaitable<text_response> work = exchange(url, request, deadline);
  std::future<text_response> answer = asio::co_spawn(loop, std::move(work), asio::use_future);
  loop.run();
  return answer.get();
}

std::string sentence_for(const boost::system::error_code& error, const node_url& url) {
  if (error == asio::error::connection_refused)
    return "nothing listens at " + url.text + ": start a node with `firstcome serve`, or name the right one with --url";
  if (error == beast::error::timeout)
    return "the node at " + url.text +
           " did not answer in time; a change may or may not have been made: look before you repeat it";
  if (error == http::error::end_of_stream || error == http::error::partial_message)
    return "the node at " + url.text + " closed the connection without an answer; look before you repeat a change";
  return "cannot talk to " + url.text + ": " + error.message();
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

bool may_have_arrived(const boost::system::error_code& error) {
  return error != asio::error::connection_refused && error != asio::error::host_not_found &&
         error != asio::error::host_not_found_try_again && error != asio::error::network_unreachable;
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
  constexpr std::string_view scheme = "http://";
  const auto wrong = [&](const std::string& why) {
    return runtime::wrong_usage("--url cannot be \"" + text + "\"" + why + ": it may be http://HOST:PORT");
  };
  if (text.starts_with("https://")) throw wrong(" (TLS ends at the gateway; operators talk to the node itself)");
  if (!text.starts_with(scheme)) throw wrong("");
  std::string authority = text.substr(scheme.size());
  if (authority.ends_with('/')) authority.pop_back();
  if (authority.find_first_of("/?#@ ") != std::string::npos) throw wrong("");
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  node_url url{authority.substr(0, has_port ? colon : std::string::npos), has_port ? authority.substr(colon + 1) : "80",
               text};
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  if (url.host.empty() || url.port.empty() || url.port.find_first_not_of("0123456789") != std::string::npos)
    throw wrong("");
  return url;
}

json::value node_client::get(const std::string& target) const {
  return call(http::verb::get, target, "");
}

json::value node_client::post(const std::string& target, const json::value& body) const {
  return call(http::verb::post, target, json::serialize(body));
}

json::value node_client::create(const std::string& target, const json::value& body) const {
  const std::string key = new_key(), text = json::serialize(body);
  for (int attempt = 1;; ++attempt) {
    try {
      return call(http::verb::post, target, text, key);
    } catch (const node_unclear&) {
      if (attempt == creation_attempts_max) throw;
    }
    std::this_thread::sleep_for(between_creations);
  }
}

json::value node_client::remove(const std::string& target) const {
  return call(http::verb::delete_, target, "");
}

json::value node_client::patch(const std::string& target, const json::value& body) const {
  return call(http::verb::patch, target, json::serialize(body));
}

json::value node_client::call(http::verb method, const std::string& target, std::string body,
                              const std::string& idempotency_key) const {
  text_request request{method, target, 11};
  const bool v6 = url_.host.find(':') != std::string::npos;
  request.set(http::field::host, (v6 ? "[" + url_.host + "]" : url_.host) + ":" + url_.port);
  request.set(http::field::connection, "close");
  if (!token_.empty()) request.set(http::field::authorization, "Bearer " + std::string(token_.reveal()));
  if (!body.empty()) request.set(http::field::content_type, "application/json");
  if (!idempotency_key.empty()) request.set("Idempotency-Key", idempotency_key);
  request.body() = std::move(body);
  request.prepare_payload();
  text_response answer;
  try {
    answer = run(url_, request, deadline_);
  } catch (const boost::system::system_error& e) {
    // Where nobody listened, or the name means nothing, nothing can have been done.
    if (may_have_arrived(e.code())) throw node_unclear(sentence_for(e.code(), url_));
    throw node_refused(sentence_for(e.code(), url_));
  }
  json::value value = parse_body(answer.body(), url_);
  if (answer.result_int() == 503) throw node_unclear(sentence_for(503, value, token_origin_));
  if (answer.result_int() / 100 != 2)
    throw node_refused(sentence_for(static_cast<int>(answer.result_int()), value, token_origin_));
  return value;
}

}  // namespace firstcome::cli
