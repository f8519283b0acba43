#include "support/operator_log.hpp"

#include <chrono>

namespace firstcome::testing {
namespace {

using auditor::instant_ns;

/// Done, or perhaps; an answer of the kind 4xx says surely not.
bool may_be_done(const http_response& answer) {
  return answer.status < 400 || answer.status >= 500;
}

std::optional<std::int32_t> total_in(const boost::json::value& total) {
  return total.is_null() ? std::nullopt : std::optional(total.to_number<std::int32_t>());
}

}  // namespace

http_response operator_log::change(server_under_test& server, std::int64_t coupon, const boost::json::object& change) {
  const instant_ns invoked_at = history_now();
  http_response answer = change_coupon(server, coupon, change);
  const instant_ns answered_at = answer.status == 200 ? history_now() : auditor::never;
  if (!may_be_done(answer)) return answer;
  const std::scoped_lock lock(mutex_);
  if (const auto* total = change.if_contains("totalQuantity"))
    told_.quantity_changes.push_back({invoked_at, answered_at, total_in(*total)});
  if (const auto* paused = change.if_contains("paused"))
    told_.pauses.push_back({invoked_at, answered_at, paused->as_bool()});
  if (change.contains("dateIssueStart") || change.contains("dateIssueEnd"))
    told_.window_changes.push_back({invoked_at, answered_at});
  return answer;
}

auditor::assumptions operator_log::told() const {
  const std::scoped_lock lock(mutex_);
  return told_;
}

instant_ns history_now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace firstcome::testing
