#include "api/content_type.hpp"

#include <boost/beast/core/string.hpp>

namespace firstcome::api {
namespace {

using boost::beast::iequals;
constexpr std::string_view blanks = " \t";
constexpr std::size_t shown_max = 64;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Cuts the text before the first semicolon that is not within quotes off, and the semicolon.
std::string_view take_parameter(std::string_view& rest) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != ';'); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (quoted && rest[end] == '\\') ++end;
  }
  end = std::min(end, rest.size());
  const std::string_view taken = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

bool is_utf8(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  return iequals(value, "utf-8");
}

/// The value of the parameter when it is `charset`.
std::optional<std::string_view> charset_of(std::string_view parameter) {
  const std::size_t equals = parameter.find('=');
  if (!iequals(trimmed(parameter.substr(0, equals)), "charset")) return std::nullopt;
  return equals == std::string_view::npos ? std::string_view() : trimmed(parameter.substr(equals + 1));
}

std::string shown(std::string_view text) {
  if (text.size() <= shown_max) return std::string(text);
  return std::string(text.substr(0, shown_max)) + "...";
}

}  // namespace

std::optional<std::string> why_not_json(std::string_view content_type) {
  constexpr std::string_view json = "application/json";
  if (content_type == json) return std::nullopt;
  if (content_type.empty()) return "The body has no Content-Type: send Content-Type: application/json.";
  std::string_view rest = content_type;
  if (const std::string_view type = take_parameter(rest); !iequals(type, json))
    return "The Content-Type must be application/json, and is " + shown(type) + ".";
  while (!rest.empty())
    if (const auto charset = charset_of(take_parameter(rest)); charset && !is_utf8(*charset))
      return "The body must be JSON in UTF-8, and its Content-Type says charset=" + shown(*charset) +
             ": send Content-Type: application/json, or application/json;charset=utf-8.";
  return std::nullopt;
}

}  // namespace firstcome::api
