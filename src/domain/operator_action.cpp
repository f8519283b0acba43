#include "domain/operator_action.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace firstcome {
namespace {

namespace json = boost::json;

json::value date_or_null(const std::optional<timestamp>& date) {
  return date ? json::value(to_rfc3339(*date)) : json::value(nullptr);
}

json::value quantity_or_null(const std::optional<std::int32_t>& quantity) {
  return quantity ? json::value(*quantity) : json::value(nullptr);
}

std::string text_of(const coupon& c) {
  return json::serialize(json::object{{"id", raw(c.id)},
                                      {"title", c.title},
                                      {"couponType", c.coupon_type},
                                      {"totalQuantity", quantity_or_null(c.total_quantity)},
                                      {"issuedQuantity", c.issued_quantity},
                                      {"returnedQuantity", c.returned_quantity},
                                      {"discountAmount", c.discount_amount},
                                      {"minAvailableAmount", c.min_available_amount},
                                      {"dateIssueStart", to_rfc3339(c.window.start)},
                                      {"dateIssueEnd", to_rfc3339(c.window.end)},
                                      {"restock", to_string(c.restock)},
                                      {"paused", c.paused}});
}

const char* status_of(const issue_record& record) {
  return record.date_returned ? "returned" : record.date_used ? "used" : "issued";
}

json::object object_of(const issue_record& record) {
  return {{"couponId", raw(record.coupon)},
          {"userId", raw(record.user)},
          {"sequence", record.sequence},
          {"status", status_of(record)},
          {"dateIssued", to_rfc3339(record.date_issued)},
          {"dateUsed", date_or_null(record.date_used)},
          {"dateReturned", date_or_null(record.date_returned)}};
}

json::object object_of(const stored_issue& issue) {
  json::object o = object_of(issue.record);
  o["orderId"] = issue.order_id.empty() ? json::value(nullptr) : json::value(issue.order_id);
  return o;
}

/// Nothing but these two differ in what an operator gives.
bool same_but_for_pause_and_total(const coupon& a, const coupon& b) {
  return a.title == b.title && a.window.start == b.window.start && a.window.end == b.window.end &&
         a.restock == b.restock;
}

const char* word_for(const coupon& before, const coupon& after) {
  constexpr const char* change = "change_coupon";
  if (!same_but_for_pause_and_total(before, after)) return change;
  const bool same_total = before.total_quantity == after.total_quantity;
  if (before.paused != after.paused) return !same_total ? change : after.paused ? "pause_coupon" : "resume_coupon";
  if (same_total) return change;
  const bool raised =
      !after.total_quantity || (before.total_quantity && *after.total_quantity > *before.total_quantity);
  return raised ? "raise_coupon" : "lower_coupon";
}

}  // namespace

actor at_command_line() {
  return {"command line", "admin"};
}

operator_action creation_of(const coupon& made, const actor& by, timestamp now) {
  return {0, made.id, by, "create_coupon", {}, text_of(made), now};
}

operator_action change_of(const coupon& before, const coupon& after, const actor& by, timestamp now) {
  return {0, after.id, by, word_for(before, after), text_of(before), text_of(after), now};
}

std::optional<operator_action> step_action_of(const stored_issue& before, const stored_issue& after,
                                              const issue_step& step, const actor& by, timestamp now) {
  if (!by.works_here() || std::holds_alternative<use_step>(step)) return std::nullopt;
  const auto* given_back = std::get_if<return_step>(&step);
  json::object now_is = object_of(after);
  if (given_back != nullptr) now_is["reason"] = given_back->reason;
  return operator_action{0,
                         after.record.coupon,
                         by,
                         given_back != nullptr ? "return_issue" : "undo_use",
                         json::serialize(object_of(before)),
                         json::serialize(now_is),
                         now};
}

operator_action replay_of(const issue_record& made, const actor& by, timestamp now) {
  return {0, made.coupon, by, "replay_dead_letter", {}, json::serialize(object_of(made)), now};
}

operator_action readmission_of(const issue_record& made, const actor& by, timestamp now) {
  return {0, made.coupon, by, "repair_issue", {}, json::serialize(object_of(made)), now};
}

operator_action recount_of(coupon_id coupon, std::int64_t said, std::int64_t counted, const actor& by, timestamp now) {
  const auto count = [&](std::int64_t issued) {
    return json::serialize(json::object{{"id", raw(coupon)}, {"issuedQuantity", issued}});
  };
  return {0, coupon, by, "repair_count", count(said), count(counted), now};
}

}  // namespace firstcome
