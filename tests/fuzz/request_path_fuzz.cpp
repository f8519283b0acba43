// The way of a request's bytes to a handler: its head, its route, its query. Whatever comes in, what comes out must
// keep the promises of the readers' headers.

#include <algorithm>
#include <cstdint>

#include "api/query.hpp"
#include "api/routes.hpp"
#include "fuzz/must.hpp"
#include "http/request_head.hpp"

namespace {

using namespace firstcome;

bool lies_in(std::string_view whole, std::string_view part) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

void check_head(std::string_view received, const http::request_head& head, std::size_t size) {
  must(size > 0 && size <= received.size() && size <= http::head_size_max);
  must(received.substr(0, size).ends_with("\r\n\r\n"));
  must(head.path.starts_with('/'));
  must(head.path.find('?') == head.path.npos);
  for (const std::string_view text : {head.path, head.query, head.content_type, head.authorization})
    must(lies_in(received.substr(0, size), text) && is_one_line(text));
}

// A head is read the same however it arrives: never complete before its last byte, and not changed by what follows.
void check_arrival(std::string_view received, const http::request_head& head, std::size_t size) {
  http::request_head again;
  const auto alone = http::read_request_head(received.substr(0, size), again);
  must(alone.outcome == http::head_outcome::complete && alone.size == size);
  must(again.path == head.path && again.query == head.query && again.content_length == head.content_length);
  must(again.method == head.method && again.keep_alive == head.keep_alive);
  for (const std::size_t less : {size - 1, size / 2})
    must(http::read_request_head(received.substr(0, less), again).outcome == http::head_outcome::need_more);
}

void check_route(const http::request_head& head) {
  const api::route_match match = api::match(head.method, head.path);
  if (match.what == api::route_match::outcome::method_not_allowed) must(!api::allowed_methods(head.path).empty());
  if (match.what != api::route_match::outcome::found) return;
  must(match.to != nullptr && match.index < api::route_none && match.to->body_limit <= std::size_t{64} * 1024);
  for (const std::int64_t id : match.ids) must(id >= 0);
}

void check_query(std::string_view query) {
  const auto list = api::read_list_query(query);
  if (!list) return;
  must(list->limit >= page_limit_min && list->limit <= page_limit_max);
  if (const auto after = api::coupons_after(*list); after && *after) must(raw(**after) >= 0);
  if (const auto after = api::issues_after(*list)) must(*after >= 0);
  (void)api::user_issues_after(*list);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view received(reinterpret_cast<const char*>(data), size);
  http::request_head head;
  const http::head_reading reading = http::read_request_head(received, head);
  switch (reading.outcome) {
    case http::head_outcome::complete:
      check_head(received, head, reading.size);
      check_arrival(received, head, reading.size);
      check_route(head);
      check_query(head.query);
      break;
    case http::head_outcome::need_more:
      must(size < http::head_size_max);
      break;
    case http::head_outcome::length_required:
      must(!reading.detail.empty());
      break;
    case http::head_outcome::malformed:
    case http::head_outcome::too_large:
      break;
  }
  return 0;
}
