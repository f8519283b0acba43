#include "runtime/config_kinds.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace firstcome::runtime {
namespace {

std::string range(std::int64_t min, std::int64_t max) {
  return "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
}

}  // namespace

std::optional<std::int64_t> read_whole_number(const std::string& text, std::int64_t min, std::int64_t max) {
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end || value < min || value > max) return std::nullopt;
  return value;
}

value_kind whole_number(int& into, int min, int max) {
  auto take = [&into, min, max](const std::string& text) {
    auto value = read_whole_number(text, min, max);
    if (value) into = static_cast<int>(*value);
    return value.has_value();
  };
  return {take, range(min, max), std::to_string(into), "N"};
}

value_kind milliseconds(std::chrono::milliseconds& into, std::int64_t min_ms, std::int64_t max_ms) {
  auto take = [&into, min_ms, max_ms](const std::string& text) {
    auto value = read_whole_number(text, min_ms, max_ms);
    if (value) into = std::chrono::milliseconds{*value};
    return value.has_value();
  };
  return {take, range(min_ms, max_ms) + ", in milliseconds", std::to_string(into.count()), "MS"};
}

value_kind text(std::string& into, std::string placeholder) {
  auto take = [&into](const std::string& text) {
    into = text;
    return !text.empty();
  };
  return {take, "any text that is not empty", into, std::move(placeholder)};
}

value_kind text_list(std::vector<std::string>& into, std::string placeholder) {
  auto take = [&into](const std::string& text) {
    into.clear();
    std::istringstream words(text);
    for (std::string word; words >> word;) into.push_back(word);
    return !into.empty();
  };
  value_kind kind{take, "a text without spaces, or several", "", std::move(placeholder)};
  kind.repeatable = true;
  return kind;
}

value_kind path(std::filesystem::path& into, std::string placeholder) {
  auto take = [&into](const std::string& text) {
    into = text;
    return !text.empty();
  };
  return {take, "a path", into.string(), std::move(placeholder)};
}

value_kind on_off(bool& into) {
  auto take = [&into](const std::string& text) {
    if (text != "true" && text != "false") return false;
    into = text == "true";
    return true;
  };
  return {take, "true or false", into ? "true" : "", ""};
}

value_kind secret_text(secret& into) {
  auto take = [&into](const std::string& text) {
    if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; }))
      return false;
    into = secret{text};
    return true;
  };
  value_kind kind{take, "visible ASCII characters without spaces", "", "SECRET"};
  kind.secret = true;
  return kind;
}

}  // namespace firstcome::runtime
