#pragma once

// What the API answers, as JSON text behind whatever stands in `out`. Nothing is built in between. Records are written
// on the hot path: into a text of fixed size, without an allocation.

#include <boost/static_string/static_string.hpp>

#include <charconv>
#include <string>
#include <string_view>

#include "domain/coupon.hpp"
#include "domain/dead_letter.hpp"
#include "domain/issue.hpp"
#include "domain/operator_action.hpp"
#include "domain/page.hpp"

namespace firstcome::api {

/// Holds the longest record and the longest Location of one (both stay below 240 characters).
using small_text = boost::static_strings::static_string<256>;
inline std::string_view view(const small_text& text) {
  return {text.data(), text.size()};
}

template <class Text>
void append_integer(Text& out, std::int64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

/// With quotes, and escaped where JSON wants it.
void append_string(std::string& out, std::string_view text);

/// As answers write ids: a number, or in quotes.
void append_id(std::string& out, std::int64_t id);

/// Once, before anything is written: ids stand in quotes, for clients whose numbers end at 2^53.
void write_ids_as_text(bool as_text);

void append(small_text& out, const issue_record& record);
void append(std::string& out, const issue_record& record);
/// `now`: decides the coupon's state.
void append(std::string& out, const coupon& c, timestamp now);

void append(std::string& out, const coupon_page& page, timestamp now);
void append(std::string& out, const coupon_issue_page& page);
void append(std::string& out, const user_issue_page& page);
void append(std::string& out, const operator_action_page& page);
void append(std::string& out, const dead_letter_page& page);

const char* to_string(issue_status status);

/// A user's position in a list as the client hands it back: "<microseconds>-<row id>".
std::string cursor_of(const user_issue_position& position);

}  // namespace firstcome::api
