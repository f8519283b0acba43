#include "runtime/log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "domain/time.hpp"
#include "runtime/overrunning_sink.hpp"

namespace firstcome::runtime::log {
namespace {

// spdlog carries a message, not fields. Our logger is synchronous: the formatter runs inside the call, on the calling
// thread, and finds the fields of the event here. So no text of a message can pass itself off as a field.
thread_local const fields* fields_of_this_event = nullptr;

constexpr const char* logger_name = "firstcome";

void append(spdlog::memory_buf_t& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

constexpr bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// `\` escapes as in JSON, for which `quote` is escaped too. UTF-8 passes as it is.
void append_escaped(spdlog::memory_buf_t& line, std::string_view text, bool quote) {
  for (char c : text) {
    if (c == '\n') {
      append(line, "\\n");
    } else if (c == '\t') {
      append(line, "\\t");
    } else if (is_control(c)) {
      constexpr char digits[] = "0123456789abcdef";
      append(line, "\\u00");
      line.push_back(digits[static_cast<unsigned char>(c) >> 4]);
      line.push_back(digits[c & 15]);
    } else {
      if (quote && (c == '"' || c == '\\')) line.push_back('\\');
      line.push_back(c);
    }
  }
}

/// The longest prefix rules of UTF-8: what is not valid becomes U+FFFD, so that the line stays valid JSON.
std::size_t valid_utf8_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF)
    return follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && follows(2) ? 3 : 0;
  if (first >= 0xF0 && first <= 0xF4)
    return follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && follows(2) && follows(3) ? 4 : 0;
  return 0;
}

void append_json_text(spdlog::memory_buf_t& line, std::string_view text) {
  line.push_back('"');
  while (!text.empty()) {
    const std::size_t length = valid_utf8_at(text);
    if (length == 0) {
      append(line, "\xEF\xBF\xBD");
      text.remove_prefix(1);
    } else {
      append_escaped(line, text.substr(0, length), true);
      text.remove_prefix(length);
    }
  }
  line.push_back('"');
}

void append_value(spdlog::memory_buf_t& line, const field::value_type& value, bool json) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    const bool plain = !json && !text->empty() && text->find_first_of(" \"=") == std::string_view::npos;
    plain ? append_escaped(line, *text, false) : append_json_text(line, *text);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    append(line, *flag ? "true" : "false");
  } else if (const auto* number = std::get_if<double>(&value)) {
    append(line, fmt::format("{:.6g}", *number));
  } else {
    append(line, std::to_string(std::get<std::int64_t>(value)));
  }
}

std::string time_of(const spdlog::details::log_msg& event) {
  return to_rfc3339(to_whole_milliseconds(std::chrono::floor<std::chrono::microseconds>(event.time)));
}

std::string_view level_of(const spdlog::details::log_msg& event) {
  const auto name = spdlog::level::to_string_view(event.level);
  return event.level == spdlog::level::warn ? "warn" : std::string_view{name.data(), name.size()};
}

class json_formatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    append(line, "{\"ts\":\"" + time_of(event) + "\",\"level\":\"");
    append(line, level_of(event));
    append(line, "\",\"msg\":");
    append_json_text(line, {event.payload.data(), event.payload.size()});
    for (const field& f : fields_of_this_event ? *fields_of_this_event : fields{}) {
      line.push_back(',');
      append_json_text(line, f.key);
      line.push_back(':');
      append_value(line, f.value, true);
    }
    append(line, "}\n");
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<json_formatter>(); }
};

class text_formatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& event, spdlog::memory_buf_t& line) override {
    append(line, time_of(event));
    append(line, fmt::format(" {:<5} ", level_of(event)));
    append_escaped(line, {event.payload.data(), event.payload.size()}, false);
    for (const field& f : fields_of_this_event ? *fields_of_this_event : fields{}) {
      line.push_back(' ');
      append(line, f.key);
      line.push_back('=');
      append_value(line, f.value, false);
    }
    line.push_back('\n');
  }

  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<text_formatter>(); }
};

}  // namespace

std::unique_ptr<spdlog::formatter> make_formatter(line_format format) {
  if (format == line_format::automatic) format = isatty(STDERR_FILENO) != 0 ? line_format::text : line_format::json;
  if (format == line_format::json) return std::make_unique<json_formatter>();
  return std::make_unique<text_formatter>();
}

void start(const options& options) {
  auto logger = std::make_shared<spdlog::logger>(logger_name, std::make_shared<overrunning_sink>(STDERR_FILENO));
  logger->set_formatter(make_formatter(options.format));
  logger->set_level(options.lowest);
  spdlog::set_default_logger(std::move(logger));
}

bool started() {
  return spdlog::default_logger_raw()->name() == logger_name;
}

void write(level how_grave, std::string_view message, fields with) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  if (!logger->should_log(how_grave)) return;
  fields_of_this_event = &with;
  logger->log(how_grave, spdlog::string_view_t(message.data(), message.size()));
  fields_of_this_event = nullptr;
}

}  // namespace firstcome::runtime::log
