#pragma once

// What an operator and a user ask for, in one line each, for tests whose subject is something else. Operator's calls
// throw when the server answers anything but yes: a test whose set-up failed has nothing to say.

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "support/server_under_test.hpp"

namespace firstcome::testing {

struct coupon_wish {
  std::optional<int> quantity = 500;  // nothing: unlimited
  std::chrono::milliseconds starts_in{-3'600'000};
  std::chrono::milliseconds ends_in{3'600'000};
  int min_available_amount = 0;
  bool restocks = false;  // what is returned goes to the next
  std::string title = "a coupon of a test";
};

boost::json::object to_json(const coupon_wish& wish);

/// Creates it and answers its id.
std::int64_t create_coupon(server_under_test& server, const coupon_wish& wish = {});
boost::json::object show_coupon(server_under_test& server, std::int64_t coupon);
/// The answer to a PATCH, whatever it is.
http_response change_coupon(server_under_test& server, std::int64_t coupon, const boost::json::object& change);

std::string issues_path(std::int64_t coupon);
std::string issue_path(std::int64_t coupon, std::int64_t user);
std::string issue_body(std::int64_t user);
/// One user asks on a connection of its own.
http_response ask_for_issue(server_under_test& server, std::int64_t coupon, std::int64_t user);

}  // namespace firstcome::testing
