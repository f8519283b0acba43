#include "api/json_out.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <atomic>

namespace firstcome::api {
namespace {

template <class Text>
void append_text(Text& out, std::string_view text) {
  out.append(text.data(), text.size());
}

template <class Text>
void append_time(Text& out, timestamp t) {
  rfc3339_buffer buffer;
  out.push_back('"');
  append_text(out, to_rfc3339(t, buffer));
  out.push_back('"');
}

std::atomic<bool> ids_as_text{false};

template <class Text>
void append_any_id(Text& out, std::int64_t id) {
  const bool quoted = ids_as_text.load(std::memory_order_relaxed);
  if (quoted) out.push_back('"');
  append_integer(out, id);
  if (quoted) out.push_back('"');
}

template <class Text>
void append_record(Text& out, const issue_record& record) {
  append_text(out, R"({"couponId":)");
  append_any_id(out, raw(record.coupon));
  append_text(out, R"(,"userId":)");
  append_any_id(out, raw(record.user));
  append_text(out, R"(,"sequence":)");
  append_integer(out, record.sequence);
  append_text(out, R"(,"status":")");
  append_text(out, to_string(record.status));
  append_text(out, R"(","dateIssued":)");
  append_time(out, record.date_issued);
  append_text(out, R"(,"dateUsed":)");
  record.date_used ? append_time(out, *record.date_used) : append_text(out, "null");
  if (record.date_returned) {
    append_text(out, R"(,"dateReturned":)");
    append_time(out, *record.date_returned);
  }
  out.push_back('}');
}

void append_integer_or_null(std::string& out, std::optional<std::int64_t> value) {
  value ? append_integer(out, *value) : append_text(out, "null");
}

template <class Page, class AppendItem, class CursorOf>
void append_page(std::string& out, const Page& page, AppendItem append_item, CursorOf cursor) {
  out += R"({"items":[)";
  for (const auto& item : page.items) {
    if (&item != &page.items.front()) out += ',';
    append_item(item);
  }
  out += R"(],"nextCursor":)";
  page.next ? append_string(out, cursor(*page.next)) : void(out += "null");
  out += '}';
}

/// An object as the ledger keeps it; null when there is none.
boost::json::value kept_object(const std::string& text) {
  boost::system::error_code ec;
  boost::json::value kept = text.empty() ? nullptr : boost::json::parse(text, ec);
  return !ec && kept.is_object() ? kept : nullptr;
}

void append_kept(std::string& out, boost::json::value kept) {
  if (kept.is_object() && ids_as_text.load(std::memory_order_relaxed))
    for (const char* name : {"id", "couponId", "userId"})
      if (boost::json::value* id = kept.get_object().if_contains(name); id != nullptr && id->is_int64())
        *id = std::to_string(id->get_int64());
  out += boost::json::serialize(kept);
}

std::optional<std::int64_t> user_of(const boost::json::value& kept) {
  if (!kept.is_object()) return std::nullopt;
  const boost::json::value* user = kept.get_object().if_contains("userId");
  return user != nullptr && user->is_int64() ? std::optional(user->get_int64()) : std::nullopt;
}

void append_member(std::string& out, std::string_view name, std::int64_t id) {
  out += name;
  append_any_id(out, id);
}

void append_letter(std::string& out, const dead_letter& letter) {
  append_member(out, R"({"id":)", letter.id);
  append_member(out, R"(,"couponId":)", raw(letter.coupon));
  out += R"(,"sequence":)";
  append_integer(out, letter.sequence);
  if (letter.user) append_member(out, R"(,"userId":)", raw(*letter.user));
  out += R"(,"dateAdmitted":)";
  append_time(out, letter.admitted_at);
  out += R"(,"reason":)";
  append_string(out, letter.reason);
  out += '}';
}

void append_action(std::string& out, const operator_action& action) {
  const boost::json::value before = kept_object(action.before_json), after = kept_object(action.after_json);
  out += R"({"id":)";
  append_any_id(out, action.id);
  out += R"(,"dateCreated":)";
  append_time(out, action.date_created);
  out += R"(,"actor":)";
  append_string(out, action.by.name);
  out += R"(,"role":)";
  append_string(out, action.by.role);
  out += R"(,"action":)";
  append_string(out, action.what);
  if (action.coupon) append_member(out, R"(,"couponId":)", raw(*action.coupon));
  if (const auto user = user_of(after)) append_member(out, R"(,"userId":)", *user);
  out += R"(,"before":)";
  append_kept(out, before);
  out += R"(,"after":)";
  append_kept(out, after);
  out += '}';
}

}  // namespace

void append_id(std::string& out, std::int64_t id) {
  append_any_id(out, id);
}

void write_ids_as_text(bool as_text) {
  ids_as_text = as_text;
}

void append_string(std::string& out, std::string_view text) {
  const auto stands_for_itself = [](unsigned char c) { return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f; };
  if (!std::all_of(text.begin(), text.end(), stands_for_itself)) {
    out += boost::json::serialize(boost::json::string_view(text.data(), text.size()));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

const char* to_string(issue_status status) {
  switch (status) {
    case issue_status::accepted:
      return "accepted";
    case issue_status::issued:
      return "issued";
    case issue_status::used:
      return "used";
    case issue_status::returned:
      return "returned";
  }
  return "unknown";
}

std::string cursor_of(const user_issue_position& position) {
  return std::to_string(to_microseconds(position.date_issued)) + '-' + std::to_string(position.issue_row_id);
}

void append(small_text& out, const issue_record& record) {
  append_record(out, record);
}
void append(std::string& out, const issue_record& record) {
  append_record(out, record);
}

void append(std::string& out, const coupon& c, timestamp now) {
  std::optional<std::int64_t> total, remaining;
  if (c.total_quantity) {
    total = *c.total_quantity;
    remaining = std::max(0, *c.sequence_limit() - c.taken());
  }
  out += R"({"id":)";
  append_any_id(out, raw(c.id));
  out += R"(,"title":)";
  append_string(out, c.title);
  out += R"(,"couponType":)";
  append_string(out, c.coupon_type);
  out += R"(,"totalQuantity":)";
  append_integer_or_null(out, total);
  out += R"(,"issuedQuantity":)";
  append_integer(out, c.issued_quantity);
  out += R"(,"returnedQuantity":)";
  append_integer(out, c.returned_quantity);
  out += R"(,"remainingQuantity":)";
  append_integer_or_null(out, remaining);
  out += R"(,"discountAmount":)";
  append_integer(out, c.discount_amount);
  out += R"(,"minAvailableAmount":)";
  append_integer(out, c.min_available_amount);
  out += R"(,"dateIssueStart":)";
  append_time(out, c.window.start);
  out += R"(,"dateIssueEnd":)";
  append_time(out, c.window.end);
  out += R"(,"restock":")";
  out += firstcome::to_string(c.restock);
  out += R"(","paused":)";
  out += c.paused ? "true" : "false";
  out += R"(,"state":")";
  out += firstcome::to_string(state_of(c, now));
  out += R"(","dateCreated":)";
  append_time(out, c.date_created);
  out += R"(,"dateUpdated":)";
  append_time(out, c.date_updated);
  out += '}';
}

void append(std::string& out, const coupon_page& page, timestamp now) {
  constexpr std::size_t coupon_bytes = 480;  // about: a longer title only costs a copy
  out.reserve(out.size() + page.items.size() * coupon_bytes);
  append_page(
      out, page, [&](const coupon& c) { append(out, c, now); }, [](coupon_id id) { return std::to_string(raw(id)); });
}

void append(std::string& out, const coupon_issue_page& page) {
  append_page(
      out, page, [&](const issue_record& r) { append(out, r); },
      [](sequence_number after) { return std::to_string(after); });
}

void append(std::string& out, const operator_action_page& page) {
  append_page(
      out, page, [&](const operator_action& a) { append_action(out, a); },
      [](std::int64_t before) { return std::to_string(before); });
}

void append(std::string& out, const dead_letter_page& page) {
  append_page(
      out, page, [&](const dead_letter& one) { append_letter(out, one); },
      [](std::int64_t after) { return std::to_string(after); });
}

void append(std::string& out, const user_issue_page& page) {
  append_page(
      out, page, [&](const issue_record& r) { append(out, r); }, cursor_of);
}

}  // namespace firstcome::api
