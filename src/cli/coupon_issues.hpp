#pragma once

// `firstcome coupon issues ID`: who got a coupon, page by page as the node sends them, so that a million of them take
// no memory. A list that could not be had or written to its end is a failure: it throws, and a file of --output does
// not appear.

#include <cstdint>
#include <filesystem>
#include <iosfwd>

#include "api/node_client.hpp"
#include "cli/shown_times.hpp"

namespace firstcome::cli {

enum class issues_form { table, csv, json };

struct issues_options {
  std::int64_t coupon = 0;
  bool csv = false;
  std::filesystem::path output;  // empty: standard output
};

/// Writes all of them to `out` and answers how many there are. CSV as in RFC 4180: a header line, lines end with CRLF.
/// JSON as the API's own page, {"items":[…]}, its times untouched.
std::int64_t write_issues(std::ostream& out, const api::node_client& node, std::int64_t coupon, issues_form form,
                          const shown_times& times);

/// The same to standard output or to the file, which gets its name only when it is whole. Answers the exit code.
int export_issues(const api::node_client& node, const issues_options& o, issues_form form, const shown_times& times);

}  // namespace firstcome::cli
