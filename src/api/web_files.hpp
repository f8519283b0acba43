#pragma once

// The files of web/, and Chart.js from the distribution's package as `chart.js`, as they travel inside the binary.
// src/CMakeLists.txt writes the table.

#include <span>
#include <string_view>

namespace firstcome::api {

struct web_file {
  std::string_view name;
  std::string_view text;
};

std::span<const web_file> web_files();

}  // namespace firstcome::api
