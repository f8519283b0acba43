#pragma once

// Each kind of request body, read and checked: what comes out keeps the rules of its type. Pure functions.
// Refusals: malformed_request for JSON that is wrong or of the wrong kind, invalid_coupon for a coupon that may not be.

#include <boost/system/result.hpp>

#include "api/problem.hpp"
#include "domain/coupon.hpp"
#include "domain/ids.hpp"
#include "domain/issue_life.hpp"

namespace firstcome::api {

template <class T>
using reading = boost::system::result<T, problem>;

/// Nothing: the body leaves the user out.
reading<std::optional<user_id>> read_issue_body(std::string_view body);

/// The original service's: {"userId":1,"couponId":1}.
struct original_issue_body {
  std::optional<user_id> user;
  coupon_id coupon{};
};
reading<original_issue_body> read_original_issue_body(std::string_view body);

/// orderAmount, 0 to 2^31-1, and orderId, which may be left out.
reading<use_step> read_use_body(std::string_view body);
/// 1 to 64 visible ASCII characters. As it stands in a body or, percent-decoded, in a query.
bool is_order_id(std::string_view text);
/// {"reason":"…"}; the reason, and the whole body, may be left out.
reading<return_step> read_return_body(std::string_view body);

/// {"users":10000,"totalQuantity":500,"seconds":20}; any of them, and the whole body, may be left out.
struct rehearsal_wish {
  std::int32_t users = 10'000;
  std::int32_t total_quantity = 500;
  std::int32_t seconds = 20;  // over which the users come
};
inline constexpr std::int32_t rehearsal_users_max = 100'000;
inline constexpr std::int32_t rehearsal_seconds_max = 60;
reading<rehearsal_wish> read_rehearsal_body(std::string_view body);

reading<coupon_draft> read_coupon_draft(std::string_view body);
reading<coupon_change> read_coupon_change(std::string_view body);

}  // namespace firstcome::api
