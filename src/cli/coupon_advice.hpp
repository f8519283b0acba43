#pragma once

// What a person is told about a coupon beside what the API says.

#include <boost/json/object.hpp>

#include <string>

namespace firstcome::cli {

/// A sentence on a new coupon that nobody can get, because its time is over; empty for every other.
std::string advice_on(const boost::json::object& made);

/// The API's sentence with the names of our flags in place of its members': --end for dateIssueEnd.
std::string with_flags(std::string sentence);

}  // namespace firstcome::cli
