#pragma once

// The query of a list: `limit` and `cursor`. Other parameters are ignored; one of these given twice is refused, as is a
// cursor that we did not hand out. None of their values needs percent-decoding.

#include "api/bodies.hpp"
#include "domain/page.hpp"

namespace firstcome::api {

struct list_query {
  int limit = page_limit_default;
  std::optional<std::string_view> cursor;  // points into the query
};

reading<list_query> read_list_query(std::string_view query);

/// `couponId` of a query; nothing: it is not there. Refused: there twice, or no id.
reading<std::optional<coupon_id>> read_coupon_filter(std::string_view query);

/// `orderId` of a query, percent-decoded; empty: it is not there. Refused: there twice, or no order's id.
reading<std::string> read_order_id(std::string_view query);

// What a cursor stands for; without one, the list begins at its beginning.
reading<std::optional<coupon_id>> coupons_after(const list_query& query);
reading<sequence_number> issues_after(const list_query& query);
/// Of what is listed by its own id.
reading<std::optional<std::int64_t>> id_in_cursor(const list_query& query);
reading<std::optional<user_issue_position>> user_issues_after(const list_query& query);

}  // namespace firstcome::api
