#pragma once

// The log: one line an event on standard error, as text on a terminal and as one JSON object otherwise.
//
//   runtime::log::info("listening", {{"address", "127.0.0.1:8080"}, {"threads", 1}});
//
// Any thread may write, after `start`; before it, lines go to standard output. Whatever stands in a message or a field,
// a line stays one line: control characters and quotes are escaped. Nothing here knows what is secret: never hand a
// secret in.

#include <spdlog/common.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace spdlog {
class formatter;
}

namespace firstcome::runtime::log {

enum class line_format { automatic, text, json };
using level = spdlog::level::level_enum;

struct options {
  level lowest = spdlog::level::info;
  line_format format = line_format::automatic;
};

/// Once, before the other threads start. Plain `spdlog::info(…)` then goes the same way.
void start(const options& options);
bool started();

/// One named value of a line. Texts are only borrowed: they must live until the call returns.
struct field {
  using value_type = std::variant<std::int64_t, double, bool, std::string_view>;

  field(std::string_view key, std::string_view text) : key(key), value(text) {}
  field(std::string_view key, const char* text) : key(key), value(std::string_view(text)) {}
  field(std::string_view key, const std::string& text) : key(key), value(std::string_view(text)) {}
  field(std::string_view key, bool flag) : key(key), value(flag) {}
  field(std::string_view key, std::integral auto number) : key(key), value(static_cast<std::int64_t>(number)) {}
  field(std::string_view key, std::floating_point auto number) : key(key), value(static_cast<double>(number)) {}

  std::string_view key;
  value_type value;
};
using fields = std::initializer_list<field>;

void write(level how_grave, std::string_view message, fields with = {});

inline void info(std::string_view message, fields with = {}) {
  write(spdlog::level::info, message, with);
}
inline void warn(std::string_view message, fields with = {}) {
  write(spdlog::level::warn, message, with);
}
inline void error(std::string_view message, fields with = {}) {
  write(spdlog::level::err, message, with);
}

/// What turns an event into a line (for `start` and for tests).
std::unique_ptr<spdlog::formatter> make_formatter(line_format format);

}  // namespace firstcome::runtime::log
