#pragma once

// What happened, a line each: for a person to read when a history went wrong, and as one number for comparing two runs
// of one seed. Lines cost nothing unless they are wanted; the number is always there. Thread safety: one thread.

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "sim/engine/timeline.hpp"

namespace firstcome::sim {

class trace {
 public:
  trace(const timeline& time, bool wants_lines) : time_(time), wants_lines_(wants_lines) {}

  /// The parts follow each other without a space.
  template <class... Part>
  void note(std::string_view who, const Part&... parts) {
    mix(static_cast<std::uint64_t>(time_.now().count()));
    mix(who);
    (mix(parts), ...);
    if (!wants_lines_) return;
    std::string text;
    (append(text, parts), ...);
    add_line(who, text);
  }

  std::uint64_t number() const { return number_; }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void mix(std::uint64_t value) { number_ = (number_ ^ value) * 0x100000001b3U; }
  void mix(std::string_view text) {
    for (const char c : text) mix(static_cast<std::uint64_t>(static_cast<unsigned char>(c)));
  }
  void mix(std::integral auto value) { mix(static_cast<std::uint64_t>(value)); }

  static void append(std::string& to, std::string_view text) { to += text; }
  static void append(std::string& to, std::integral auto value) { to += std::to_string(value); }
  void add_line(std::string_view who, std::string_view what);

  const timeline& time_;
  const bool wants_lines_;
  std::uint64_t number_ = 0xcbf29ce484222325U;
  std::vector<std::string> lines_;
};

}  // namespace firstcome::sim
