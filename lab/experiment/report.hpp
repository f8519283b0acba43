#pragma once

// What the lab found, for people and for programs. Pure.

#include <string>
#include <vector>

#include "lab/experiment/outcome.hpp"

namespace firstcome::lab {

/// For the terminal.
std::string to_table(const std::vector<outcome>& found);
/// As Markdown, for docs/strategies.md.
std::string to_markdown(const std::vector<outcome>& found);

std::string to_json(const findings& all);

/// One page that needs nothing else: tables, charts as SVG, and why each one breaks or holds.
std::string to_html(const findings& all);

}  // namespace firstcome::lab
