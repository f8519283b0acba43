#include "lab/strategies/lab_coupons.hpp"

#include "issuing/async_from_callback.hpp"
#include "lab/strategies/read_check_write.hpp"
#include "lab/strategies/shared_coupons.hpp"

namespace firstcome::issuing {
namespace {

result<coupon> apply_change(per_thread& own, coupon_id id, const coupon_change& wanted, timestamp now) {
  transaction all_or_nothing(own.tables);
  const std::optional<coupon> before = own.tables.find(id, original_tables::read::for_update);
  if (!before) return errc::coupon_not_found;
  const coupon changed = with_change(*before, wanted);
  if (why_invalid(changed)) return errc::invalid_coupon;
  if (changed.total_quantity && *changed.total_quantity < before->issued_quantity) return errc::quantity_below_issued;
  own.tables.store(changed, now);
  all_or_nothing.commit();
  shared_coupons(own).announce_change(id);
  return changed;
}

template <class T>
async_result_of<T> not_in_the_lab() {
  co_return errc::unavailable;
}

}  // namespace

template <class T>
async_result_of<T> lab_coupons::on_pool(runtime::deadline until, std::function<result<T>(per_thread&)> work) {
  const auto begin = [this, until, work = std::move(work)](completion<T> complete) {
    const auto on_thread = [complete, work](blocking_issuer::thread_resources& with) { complete(work(*with.tools)); };
    const auto failed = [complete](std::exception_ptr) { complete(errc::unavailable); };
    if (!threads_.run(on_thread, failed, until)) complete(errc::overloaded);
  };
  return async_from_callback<T>(begin);
}

async_result_of<coupon> lab_coupons::create(coupon_draft draft, actor, std::optional<idempotency_key>,
                                            runtime::deadline until) {
  return on_pool<coupon>(until, [this, draft](per_thread& own) -> result<coupon> {
    if (why_invalid(draft)) return errc::invalid_coupon;
    return own.tables.insert(draft, now());
  });
}

async_result_of<coupon> lab_coupons::change(coupon_id id, coupon_change wanted, actor, runtime::deadline until) {
  return on_pool<coupon>(until, [this, id, wanted](per_thread& own) { return apply_change(own, id, wanted, now()); });
}

async_result_of<coupon> lab_coupons::show(coupon_id id, runtime::deadline until) {
  return on_pool<coupon>(until, [id](per_thread& own) -> result<coupon> {
    if (auto found = own.tables.find(id)) return *found;
    return errc::coupon_not_found;
  });
}

async_result_of<issue_record> lab_coupons::find(coupon_id coupon, user_id user, runtime::deadline until) {
  return on_pool<issue_record>(until, [coupon, user](per_thread& own) -> result<issue_record> {
    if (!own.tables.find(coupon)) return errc::coupon_not_found;
    if (const auto when = own.tables.date_issued(coupon, user))
      return record_of(coupon, user, issue_status::issued, *when);
    return errc::issue_not_found;
  });
}

async_result_of<issue_record> lab_coupons::take_step(coupon_id, user_id, issue_step, actor, runtime::deadline) {
  return not_in_the_lab<issue_record>();
}

async_result_of<coupon_page> lab_coupons::coupons(std::optional<coupon_id>, int, runtime::deadline) {
  return not_in_the_lab<coupon_page>();
}

async_result_of<coupon_issue_page> lab_coupons::issues_of_coupon(coupon_id, sequence_number, int, runtime::deadline) {
  return not_in_the_lab<coupon_issue_page>();
}

async_result_of<user_issue_page> lab_coupons::issues_of_user(user_id, std::optional<user_issue_position>, int,
                                                             runtime::deadline) {
  return not_in_the_lab<user_issue_page>();
}

async_result_of<operator_action_page> lab_coupons::actions(std::optional<coupon_id>, std::optional<std::int64_t>, int,
                                                           runtime::deadline) {
  return not_in_the_lab<operator_action_page>();
}

async_result_of<coupon_backlog> lab_coupons::backlog(coupon_id, runtime::deadline) {
  return not_in_the_lab<coupon_backlog>();
}

async_result_of<dead_letter_page> lab_coupons::dead_letters(std::optional<coupon_id>, std::optional<std::int64_t>, int,
                                                            runtime::deadline) {
  return not_in_the_lab<dead_letter_page>();
}

}  // namespace firstcome::issuing
