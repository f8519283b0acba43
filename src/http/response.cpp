#include "http/response.hpp"

#include <boost/beast/http/status.hpp>

#include <charconv>
#include <ctime>

namespace firstcome::http {

namespace {

using namespace std::string_view_literals;

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace

void append(std::string& out, const response& r, std::string_view date) {
  out += "HTTP/1.1 "sv;
  append_number(out, static_cast<std::size_t>(r.status));
  out += ' ';
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(r.status));
  out.append(reason.data(), reason.size());
  out += "\r\nDate: "sv;
  out += date;
  if (!r.content_type.empty()) {
    out += "\r\nContent-Type: "sv;
    out += r.content_type;
  }
  if (r.status != 204 && r.status != 304) {  // which have no body; a length would be that of another answer
    out += "\r\nContent-Length: "sv;
    append_number(out, r.body.size());
  }
  out += "\r\n"sv;
  if (!r.keep_alive)
    out += "Connection: close\r\n"sv;
  else if (r.to_http_1_0)
    out += "Connection: keep-alive\r\n"sv;
  out += r.extra_headers;
  out += r.standing_headers;
  out += "\r\n"sv;
  if (r.with_body) out += r.body;
}

std::string http_date(std::int64_t unix_seconds) {
  const std::time_t seconds = unix_seconds;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const std::size_t length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text, length};
}

}  // namespace firstcome::http
