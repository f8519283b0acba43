#include "support/http_response.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cctype>
#include <ostream>

namespace firstcome::testing {
namespace {

namespace beast_http = boost::beast::http;
using parser = beast_http::response_parser<beast_http::string_body>;

http_response response_of(const beast_http::response<beast_http::string_body>& message) {
  http_response response{.status = static_cast<int>(message.result_int()), .keeps_alive = message.keep_alive()};
  for (const auto& field : message) {
    std::string name = field.name_string();
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    response.headers[name] = field.value();
  }
  response.body = message.body();
  return response;
}

}  // namespace

std::string http_response::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string() : found->second;
}

boost::json::value http_response::json() const {
  boost::system::error_code wrong;
  boost::json::value value = boost::json::parse(body, wrong);
  return wrong ? boost::json::value() : value;
}

std::string http_response::code() const {
  return text("code");
}

std::int64_t http_response::number(std::string_view member) const {
  const boost::json::value all = json();
  const boost::json::value* found = all.is_object() ? all.get_object().if_contains(member) : nullptr;
  return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

std::string http_response::text(std::string_view member) const {
  const boost::json::value all = json();
  const boost::json::value* found = all.is_object() ? all.get_object().if_contains(member) : nullptr;
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::ostream& operator<<(std::ostream& out, const http_response& response) {
  out << "status " << response.status;
  for (const auto& [name, value] : response.headers) out << "\n  " << name << ": " << value;
  return out << "\n  " << response.body.substr(0, 1000);
}

http_response response_reader::next(raw_socket::milliseconds within, bool head) {
  const auto until = std::chrono::steady_clock::now() + within;
  parser reading;
  reading.eager(true);
  reading.skip(head);
  reading.body_limit(64U << 20U);
  for (;;) {
    boost::system::error_code outcome;
    const std::size_t used = reading.put(boost::asio::buffer(buffer_), outcome);
    buffer_.erase(0, used);
    if (outcome && outcome != beast_http::error::need_more) return {};
    if (reading.is_done()) return response_of(reading.get());
    const auto left = std::chrono::duration_cast<raw_socket::milliseconds>(until - std::chrono::steady_clock::now());
    const auto what = socket_.receive(buffer_, std::max(left, raw_socket::milliseconds(0)));
    if (what == raw_socket::event::timed_out) return {};
    if (what == raw_socket::event::closed) {
      if (reading.is_header_done()) reading.put_eof(outcome);
      return reading.is_done() ? response_of(reading.get()) : http_response{};
    }
  }
}

}  // namespace firstcome::testing
