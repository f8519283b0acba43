#include "issuing/embedded/coupon_service.hpp"

#include "issuing/async_from_callback.hpp"
#include "issuing/embedded/commands.hpp"
#include "runtime/log.hpp"

namespace firstcome::issuing {

namespace {

constexpr std::size_t reader_threads = 2;
constexpr int reads_waiting_max = 1024;

}  // namespace

embedded_coupon_service::embedded_coupon_service(gate::gate_table& gates, embedded_writer& writer,
                                                 reader_source open_reader,
                                                 std::function<void(const std::string&)> on_broken)
    : gates_(gates),
      writer_(writer),
      on_broken_(std::move(on_broken)),
      readers_(reader_threads, reads_waiting_max, std::move(open_reader)) {}

template <class T>
async_result_of<T> embedded_coupon_service::on_writer(std::function<result<T>(ledger::writer&, gate::gate_table&)> work,
                                                      runtime::deadline until) {
  const auto begin = [this, until, work = std::move(work)](completion<T> complete) {
    const auto on_thread = [complete, until, work](ledger::writer& ledger, gate::gate_table& gates) {
      complete(until.passed() ? errc::overloaded : work(ledger, gates));
    };
    if (!writer_.run(on_thread)) complete(errc::overloaded);
  };
  return async_from_callback<T>(begin);
}

template <class T>
async_result_of<T> embedded_coupon_service::on_reader(std::function<result<T>(ledger::reader&)> work,
                                                      runtime::deadline until) {
  const auto begin = [this, until, work = std::move(work)](completion<T> complete) {
    const auto on_thread = [complete, work](ledger::reader& ledger) { complete(work(ledger)); };
    const auto on_failure = [this, complete](std::exception_ptr why) { complete(meaning_of(why)); };
    if (!readers_.run(on_thread, on_failure, until)) complete(errc::overloaded);
  };
  return async_from_callback<T>(begin);
}

/// overloaded: it was not begun.
errc embedded_coupon_service::meaning_of(std::exception_ptr why) const {
  try {
    std::rethrow_exception(why);
  } catch (const runtime::deadline_passed&) {
    return errc::overloaded;
  } catch (const ledger::ledger_broken& broken) {
    on_broken_(broken.what());
  } catch (const std::exception& failed) {
    runtime::log::error(std::string("reading the ledger failed: ") + failed.what());
  }
  return errc::unavailable;
}

async_result_of<coupon> embedded_coupon_service::create(coupon_draft draft, actor by,
                                                        std::optional<idempotency_key> key, runtime::deadline until) {
  const auto work = [draft = std::move(draft), by = std::move(by), key = std::move(key), at = now()](
                        ledger::writer& ledger, gate::gate_table& gates) {
    return apply_create(draft, at, ledger, gates, by, key);
  };
  return on_writer<coupon>(work, until);
}

async_result_of<coupon> embedded_coupon_service::change(coupon_id id, coupon_change change, actor by,
                                                        runtime::deadline until) {
  const auto work = [id, change = std::move(change), by = std::move(by), at = now()](ledger::writer& ledger,
                                                                                     gate::gate_table& gates) {
    return apply_change(id, change, at, ledger, gates, by);
  };
  return on_writer<coupon>(work, until);
}

async_result_of<issue_record> embedded_coupon_service::take_step(coupon_id coupon, user_id user, issue_step step,
                                                                 actor by, runtime::deadline) {
  ledger::step_request request{coupon, user, std::move(step), now(), std::move(by)};
  const auto begin = [this, request = std::move(request)](completion<issue_record> complete) {
    if (!writer_.take_step({request, complete})) complete(errc::overloaded);
  };
  return async_from_callback<issue_record>(begin);
}

async_result_of<coupon> embedded_coupon_service::show(coupon_id id, runtime::deadline) {
  const gate::gate* gate = gates_.find(id);
  if (gate == nullptr) co_return errc::coupon_not_found;
  co_return gate->coupon();
}

async_result_of<issue_record> embedded_coupon_service::find(coupon_id coupon, user_id user, runtime::deadline) {
  const gate::gate* gate = gates_.find(coupon);
  if (gate == nullptr) co_return errc::coupon_not_found;
  const std::optional<issue_record> record = gate->find(user);
  if (!record) co_return errc::issue_not_found;
  co_return *record;
}

async_result_of<coupon_page> embedded_coupon_service::coupons(std::optional<coupon_id> after, int limit,
                                                              runtime::deadline until) {
  const auto work = [=](ledger::reader& ledger) { return ledger.coupons(after, limit); };
  return on_reader<coupon_page>(work, until);
}

async_result_of<coupon_issue_page> embedded_coupon_service::issues_of_coupon(coupon_id id, sequence_number after,
                                                                             int limit, runtime::deadline until) {
  if (gates_.find(id) == nullptr) co_return errc::coupon_not_found;
  const auto work = [=](ledger::reader& ledger) { return ledger.issues_of_coupon(id, after, limit); };
  async_result_of<coupon_issue_page> page = on_reader<coupon_issue_page>(work, until);
  co_return co_await std::move(page);
}

async_result_of<user_issue_page> embedded_coupon_service::issues_of_user(user_id user,
                                                                         std::optional<user_issue_position> after,
                                                                         int limit, runtime::deadline until) {
  const auto work = [=](ledger::reader& ledger) { return ledger.issues_of_user(user, after, limit); };
  return on_reader<user_issue_page>(work, until);
}

async_result_of<operator_action_page> embedded_coupon_service::actions(std::optional<coupon_id> coupon,
                                                                       std::optional<std::int64_t> before, int limit,
                                                                       runtime::deadline until) {
  const auto work = [=](ledger::reader& ledger) { return ledger.actions(coupon, before, limit); };
  return on_reader<operator_action_page>(work, until);
}

async_result_of<coupon_backlog> embedded_coupon_service::backlog(coupon_id id, runtime::deadline) {
  const gate::gate* gate = gates_.find(id);
  if (gate == nullptr) co_return errc::coupon_not_found;
  co_return coupon_backlog{.moved = gate->coupon().sequences()};
}

async_result_of<dead_letter_page> embedded_coupon_service::dead_letters(std::optional<coupon_id>,
                                                                        std::optional<std::int64_t>, int,
                                                                        runtime::deadline) {
  co_return dead_letter_page{};  // what the ledger refuses is never answered with a yes here
}

}  // namespace firstcome::issuing
