#include "http/access_log.hpp"

#include <boost/beast/http/verb.hpp>

#include <array>
#include <charconv>

#include "runtime/log.hpp"

namespace firstcome::http {

std::string access_line(const request* asked, int status, std::chrono::nanoseconds took) {
  const std::chrono::duration<double, std::milli> took_ms = took;
  std::array<char, 32> digits;  // to_chars, and not a format: that costs every translation unit ten seconds to compile
  const auto end = std::to_chars(digits.begin(), digits.end(), took_ms.count(), std::chars_format::fixed, 3).ptr;
  std::string line(asked == nullptr ? "-" : std::string_view(boost::beast::http::to_string(asked->method)));
  line.append(" ").append(asked == nullptr ? "-" : asked->path).append(" ").append(std::to_string(status)).append(" ");
  return line.append(digits.begin(), end).append(" ms");
}

void log_access(const request* asked, int status, std::chrono::nanoseconds took) {
  runtime::log::info(access_line(asked, status, took));
}

}  // namespace firstcome::http
