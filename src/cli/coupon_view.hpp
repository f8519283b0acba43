#pragma once

// Coupons as the API answers them, shown to a person. Texts come from others: control characters are not passed on to
// the terminal.

#include <boost/json/object.hpp>

#include <iosfwd>
#include <vector>

#include "cli/shown_times.hpp"

namespace firstcome::cli {

/// One line each under a heading; says so when there is none.
void print_table(std::ostream& out, const std::vector<boost::json::object>& coupons, const shown_times& times);
/// One coupon, one line for each of its members.
void print_details(std::ostream& out, const boost::json::object& coupon, const shown_times& times);

}  // namespace firstcome::cli
