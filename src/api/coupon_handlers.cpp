#include "api/coupon_handlers.hpp"

#include <boost/asio/co_spawn.hpp>

#include "api/bodies.hpp"
#include "api/idempotency.hpp"
#include "api/json_out.hpp"
#include "api/query.hpp"
#include "runtime/log.hpp"

namespace firstcome::api {

using issuing::async_result_of;

namespace {

answer failed(boost::system::error_code ec) {
  if (ec.category() == firstcome_category()) return to_answer({code_of(static_cast<errc>(ec.value())), {}});
  return to_answer({problem_code::unavailable, {}});
}

/// Of what only reads: whatever failed, nothing was changed.
answer unread(boost::system::error_code ec) {
  answer a = failed(ec);
  if (a.status != 503) return a;
  return to_answer(
      {ec == errc::overloaded ? problem_code::overloaded : problem_code::unavailable,
       std::string(some_store_is_away) + "This only reads: nothing was changed. Ask again after Retry-After seconds."});
}

answer json_answer(std::string body) {
  return {.body = std::move(body)};
}

answer issue_answer(const result<issue_record>& found) {
  if (!found) return failed(found.error());
  std::string body;
  append(body, *found);
  return json_answer(std::move(body));
}

answer coupon_answer(const result<coupon>& found, timestamp now) {
  if (!found) return failed(found.error());
  std::string body;
  append(body, *found, now);
  return json_answer(std::move(body));
}

template <class Page>
answer to_page_answer(const result<Page>& found) {
  if (!found) return unread(found.error());
  std::string body;
  append(body, *found);
  return json_answer(std::move(body));
}

/// A handler under way cannot be taken back: its answer goes nowhere when the deadline passes first. Lives inside the
/// exchange.
class abandonment final : public http::pending_work {
 public:
  bool withdraw() override {
    happened_ = true;
    return false;
  }
  bool happened() const { return happened_; }

 private:
  bool happened_ = false;
};

/// Which rule the change would break: the store only says that one would be.
async_answer invalid_change(coupon_service& service, coupon_id id, const coupon_change& change,
                            runtime::deadline until) {
  const result<coupon> before = co_await service.show(id, until);
  problem p{problem_code::invalid_coupon, {}};
  if (before)
    if (const auto why = why_invalid(with_change(*before, change))) p.detail = *why + '.';
  co_return to_answer(p);
}

}  // namespace

async_answer create_coupon(coupon_service& service, std::string_view body, actor by,
                           std::optional<std::string_view> key_sent, runtime::deadline until) {
  const reading<coupon_draft> draft = read_coupon_draft(body);
  if (!draft) co_return to_answer(draft.error());
  const reading<std::optional<idempotency_key>> key = read_idempotency_key(key_sent, *draft);
  if (!key) co_return to_answer(key.error());
  async_result_of<coupon> creating = service.create(*draft, by, *key, until);
  const result<coupon> created = co_await std::move(creating);
  co_return to_creation_answer(created, service.now());
}

answer to_creation_answer(const result<coupon>& created, timestamp now) {
  answer a = coupon_answer(created, now);
  if (created) {
    a.status = 201;
    a.extra_headers = "Location: /v1/coupons/" + std::to_string(raw(created->id)) + "\r\n";
  }
  return a;
}

async_answer change_coupon(coupon_service& service, coupon_id id, std::string_view body, actor by,
                           runtime::deadline until) {
  const reading<coupon_change> change = read_coupon_change(body);
  if (!change) co_return to_answer(change.error());
  async_result_of<coupon> changing = service.change(id, *change, by, until);
  const result<coupon> changed = co_await std::move(changing);
  if (!changed && changed.error() == errc::invalid_coupon)
    co_return co_await invalid_change(service, id, *change, until);
  co_return coupon_answer(changed, service.now());
}

async_answer show_coupon(coupon_service& service, coupon_id id, runtime::deadline until) {
  const result<coupon> found = co_await service.show(id, until);
  if (!found) co_return unread(found.error());
  co_return coupon_answer(found, service.now());
}

async_answer list_coupons(joint_lists& lists, std::string_view query, runtime::deadline until) {
  const reading<list_query> list = read_list_query(query);
  if (!list) co_return to_answer(list.error());
  const reading<std::optional<coupon_id>> after = coupons_after(*list);
  if (!after) co_return to_answer(after.error());
  async_result_of<joint_lists::shared_text> listing = lists.page(*after, list->limit, until);
  const result<joint_lists::shared_text> page = co_await std::move(listing);
  if (!page) co_return unread(page.error());
  co_return json_answer(**page);
}

async_answer find_issue(coupon_service& service, coupon_id coupon, user_id user, runtime::deadline until) {
  const result<issue_record> found = co_await service.find(coupon, user, until);
  if (!found) co_return unread(found.error());
  co_return issue_answer(found);
}

async_answer use_issue(coupon_service& service, coupon_id coupon, user_id user, std::string_view body, actor by,
                       runtime::deadline until) {
  const reading<use_step> use = read_use_body(body);
  if (!use) co_return to_answer(use.error());
  const issue_step step = *use;
  async_result_of<issue_record> using_it = service.take_step(coupon, user, step, by, until);
  const result<issue_record> used = co_await std::move(using_it);
  co_return issue_answer(used);
}

async_answer undo_use(coupon_service& service, coupon_id coupon, user_id user, std::string_view query, actor by,
                      runtime::deadline until) {
  const reading<std::string> order = read_order_id(query);
  if (!order) co_return to_answer(order.error());
  const issue_step step = undo_use_step{*order};
  async_result_of<issue_record> undoing = service.take_step(coupon, user, step, by, until);
  const result<issue_record> undone = co_await std::move(undoing);
  co_return issue_answer(undone);
}

async_answer return_issue(coupon_service& service, coupon_id coupon, user_id user, std::string_view body, actor by,
                          runtime::deadline until) {
  const reading<return_step> read = read_return_body(body);
  if (!read) co_return to_answer(read.error());
  if (by.works_here() && read->reason.empty()) {
    const problem p{problem_code::malformed_request, "reason is missing: an operator must say why."};
    co_return to_answer(p);
  }
  const issue_step step = *read;
  async_result_of<issue_record> returning = service.take_step(coupon, user, step, by, until);
  const result<issue_record> returned = co_await std::move(returning);
  co_return issue_answer(returned);
}

async_answer list_coupon_issues(coupon_service& service, coupon_id coupon, std::string_view query,
                                runtime::deadline until) {
  const reading<list_query> list = read_list_query(query);
  if (!list) co_return to_answer(list.error());
  const reading<sequence_number> after = issues_after(*list);
  if (!after) co_return to_answer(after.error());
  const result<coupon_issue_page> page = co_await service.issues_of_coupon(coupon, *after, list->limit, until);
  co_return to_page_answer(page);
}

async_answer list_user_issues(coupon_service& service, user_id user, std::string_view query, runtime::deadline until) {
  const reading<list_query> list = read_list_query(query);
  if (!list) co_return to_answer(list.error());
  const reading<std::optional<user_issue_position>> after = user_issues_after(*list);
  if (!after) co_return to_answer(after.error());
  const result<user_issue_page> page = co_await service.issues_of_user(user, *after, list->limit, until);
  co_return to_page_answer(page);
}

async_answer list_actions(coupon_service& service, std::string_view query, runtime::deadline until) {
  const reading<list_query> list = read_list_query(query);
  if (!list) co_return to_answer(list.error());
  const reading<std::optional<std::int64_t>> before = id_in_cursor(*list);
  if (!before) co_return to_answer(before.error());
  const reading<std::optional<coupon_id>> coupon = read_coupon_filter(query);
  if (!coupon) co_return to_answer(coupon.error());
  const result<operator_action_page> page = co_await service.actions(*coupon, *before, list->limit, until);
  co_return to_page_answer(page);
}

async_answer list_dead_letters(coupon_service& service, std::string_view query, runtime::deadline until) {
  const reading<list_query> list = read_list_query(query);
  if (!list) co_return to_answer(list.error());
  const reading<std::optional<std::int64_t>> after = id_in_cursor(*list);
  if (!after) co_return to_answer(after.error());
  const reading<std::optional<coupon_id>> coupon = read_coupon_filter(query);
  if (!coupon) co_return to_answer(coupon.error());
  const result<dead_letter_page> page = co_await service.dead_letters(*coupon, *after, list->limit, until);
  co_return to_page_answer(page);
}

void spawn(routed_exchange to, async_answer handler, const absence& away) {
  auto& abandoned = to.x.emplace_state<abandonment>();
  to.x.set_pending(&abandoned);
  boost::asio::co_spawn(to.x.executor(), std::move(handler),
                        [to, &abandoned, away](std::exception_ptr threw, answer a) {
                          try {
                            if (threw) std::rethrow_exception(threw);
                          } catch (const std::exception& e) {
                            runtime::log::error(std::string("a handler failed: ") + e.what());
                            a = to_answer({problem_code::unavailable, {}});
                          } catch (...) {
                            runtime::log::error("a handler failed");
                            a = to_answer({problem_code::unavailable, {}});
                          }
                          if (const char* const store = name_of(away)) name_store(a, store);
                          abandoned.happened() ? to.end_unheard() : to.respond(a);
                        });
}

}  // namespace firstcome::api
