#pragma once

// A field of CSV as in RFC 4180: in quotes where it has to be.

#include <string>

namespace firstcome::cli {

inline std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace firstcome::cli
