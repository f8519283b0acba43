#include "issuing/distributed/coupon_service.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "coordination/operator_change.hpp"
#include "coordination/sleeping_clock.hpp"
#include "issuing/async_from_callback.hpp"
#include "issuing/distributed/backlog.hpp"
#include "issuing/distributed/on_its_way.hpp"
#include "issuing/distributed/sold_out_lease.hpp"
#include "issuing/distributed/store_failure.hpp"

namespace firstcome::issuing {

namespace {

/// Who is in, by the gate: ahead of the rows while admissions are on their way. A gate that is not open says nothing.
result<coupon> as_seen_by(const std::optional<gate::gate_status>& status, coupon c) {
  if (!status || status->epoch != c.epoch) return errc::unavailable;
  if (status->retired) {  // it has no lineage any more: all of it is in the ledger
    c.admitted_quantity = c.sequences();
    return c;
  }
  if (!status->confirmed()) return errc::unavailable;
  c.admitted_quantity = std::max(status->size, c.sequences());
  return c;
}

result<coupon> with_gate(stores& use, const coupon& c) {
  return as_seen_by(use.gate->status(c.id), c);
}

/// An operator's work and what it needs, for as long as it takes.
struct operators_work {
  operators_work(stores& use, std::unique_ptr<coordination::sleeping_clock> clock)
      : time(std::move(clock)),
        recovery(*use.gate, *use.ledger, *time),
        change(*use.gate, *use.ledger, *time, recovery) {}

  std::unique_ptr<coordination::sleeping_clock> time;
  coordination::recovery recovery;
  coordination::operator_change change;
};

static_assert(coordination::announcement_lead >= sold_out_lease_duration + sold_out_lease_margin);

std::vector<coordination::return_request> returns_among(std::span<const ledger::step_request> steps) {
  std::vector<coordination::return_request> requests;
  requests.reserve(steps.size());
  for (const ledger::step_request& one : steps) requests.push_back({one.user, std::get<return_step>(one.step), one.by});
  return requests;
}

/// Two batches at once: while one waits for the disk the other is read and decided.
constexpr step_queues::queue_number use_queues = 2;

}  // namespace

template <class T>
async_result_of<T> distributed_coupon_service::on_stores(store_executor& whose, runtime::deadline until,
                                                         std::function<result<T>(stores&)> work) {
  using state = beginning::state;
  until = until.sooner_by(for_the_answer_);
  boost::asio::steady_timer limit(co_await boost::asio::this_coro::executor, until.at());
  const auto begin = [&limit, &whose, until, work = std::move(work)](completion<T> complete) {
    const auto how = std::make_shared<beginning>();
    limit.async_wait([how, complete](boost::system::error_code stopped) {
      if (!stopped && how->becomes(state::too_late)) complete(errc::overloaded);
    });
    const auto on_thread = [how, complete, work](stores& use) {
      if (how->becomes(state::begun)) complete(work(use));
    };
    const auto on_failure = [how, complete](std::exception_ptr why) {
      if (how->becomes(state::begun)) return complete(errc::overloaded);  // given up before it began
      if (how->now() == state::too_late) return;
      log_store_failure(why, "work on the stores failed");
      complete(errc::unavailable);
    };
    if (!whose.run(on_thread, on_failure, until) && how->becomes(state::too_late)) complete(errc::overloaded);
  };
  co_return co_await async_from_callback<T>(begin);
}

async_result_of<coupon> distributed_coupon_service::create(coupon_draft draft, actor by,
                                                           std::optional<idempotency_key> key,
                                                           runtime::deadline until) {
  return on_stores<coupon>(
      changes_, until,
      [this, draft = std::move(draft), by = std::move(by), key = std::move(key)](stores& use) -> result<coupon> {
        if (why_invalid(draft)) return errc::invalid_coupon;
        return operators_work(use, make_sleeping_clock_()).change.create(draft, by, key);
      });
}

async_result_of<coupon> distributed_coupon_service::change(coupon_id id, coupon_change change, actor by,
                                                           runtime::deadline until) {
  return on_stores<coupon>(
      changes_, until, [this, id, change = std::move(change), by = std::move(by)](stores& use) -> result<coupon> {
        result<coupon> changed = operators_work(use, make_sleeping_clock_()).change.change(id, change, by);
        if (!changed) return changed;
        if (const result<coupon> row = use.ledger->find_coupon(id))
          changed->epoch = row->epoch;  // opened again, it is new
        return with_gate(use, *changed);
      });
}

distributed_coupon_service::distributed_coupon_service(store_executor& look_ups, store_executor& changes,
                                                       gate_recovery& recovery, gate_clock& clock,
                                                       std::chrono::milliseconds for_the_answer)
    : distributed_coupon_service(
          look_ups, changes, recovery, clock,
          [&clock] { return std::make_unique<coordination::machine_sleeping_clock>(clock); }, for_the_answer) {}

distributed_coupon_service::distributed_coupon_service(store_executor& look_ups, store_executor& changes,
                                                       gate_recovery& recovery, gate_clock& clock,
                                                       sleeping_clock_source make_sleeping_clock,
                                                       std::chrono::milliseconds for_the_answer)
    : look_ups_(look_ups),
      changes_(changes),
      recovery_(recovery),
      clock_(clock),
      make_sleeping_clock_(std::move(make_sleeping_clock)),
      for_the_answer_(for_the_answer),
      returns_(changes,
               [this](stores& use, std::span<const ledger::step_request> steps) {
                 const std::vector<coordination::return_request> requests = returns_among(steps);
                 return unless_on_its_way(
                     use, recovery_, steps,
                     operators_work(use, make_sleeping_clock_()).change.give_back(steps.front().coupon, requests));
               }),
      uses_(changes, [this](stores& use, std::span<const ledger::step_request> steps) {
        return unless_on_its_way(use, recovery_, steps, use.ledger->take_steps(steps));
      }) {}

/// Returns of one coupon share its queue. The other steps of a user share one of a few, in the order of arrival.
async_result_of<issue_record> distributed_coupon_service::take_step(coupon_id coupon, user_id user, issue_step step,
                                                                    actor by, runtime::deadline until) {
  until = until.sooner_by(for_the_answer_);
  boost::asio::steady_timer limit(co_await boost::asio::this_coro::executor, until.at());
  const bool is_return = std::holds_alternative<return_step>(step);
  step_queues& queues = is_return ? returns_ : uses_;
  const step_queues::queue_number number = is_return ? raw(coupon) : raw(user) % use_queues;
  ledger::step_request request{coupon, user, std::move(step), clock_.now(), std::move(by)};
  const auto begin = [&queues, number, &limit, until, request = std::move(request)](completion<issue_record> complete) {
    const auto how = std::make_shared<beginning>();
    limit.async_wait([how, complete](boost::system::error_code stopped) {
      if (!stopped && how->becomes(beginning::state::too_late)) complete(errc::overloaded);
    });
    queues.push(number, {request, until, how, complete});
  };
  co_return co_await async_from_callback<issue_record>(begin);
}

async_result_of<coupon> distributed_coupon_service::show(coupon_id id, runtime::deadline until) {
  return on_stores<coupon>(look_ups_, until, [id](stores& use) -> result<coupon> {
    const result<coupon> row = use.ledger->find_coupon(id);
    return row ? with_gate(use, *row) : row;
  });
}

async_result_of<issue_record> distributed_coupon_service::find(coupon_id coupon, user_id user,
                                                               runtime::deadline until) {
  return on_stores<issue_record>(look_ups_, until, [this, coupon, user](stores& use) -> result<issue_record> {
    const result<issue_record> row = use.ledger->find_issue(coupon, user);
    if (row || row.error() != errc::issue_not_found) return row;
    // Who is in stays in the gate when the row is written: its no is a no.
    return find_in_gate(use, recovery_, coupon, std::span(&user, 1)).front();
  });
}

async_result_of<coupon_page> distributed_coupon_service::coupons(std::optional<coupon_id> after, int limit,
                                                                 runtime::deadline until) {
  return on_stores<coupon_page>(look_ups_, until, [this, after, limit](stores& use) -> result<coupon_page> {
    result<coupon_page> page = use.ledger->coupons(after, limit);
    if (page) count_admitted(*use.gate, page->items);
    return page;
  });
}

/// A gate that says nothing just now leaves its coupon as the rows have it.
void distributed_coupon_service::count_admitted(gate::shared_gate& gate, std::span<coupon> coupons) {
  const std::vector<bool> is_settled = settled_.known(coupons);
  std::vector<gate::gate_name> names;
  std::vector<coupon*> asked;
  for (std::size_t n = 0; n < coupons.size(); ++n) {
    coupons[n].admitted_quantity = coupons[n].sequences();
    if (is_settled[n]) continue;
    names.push_back({coupons[n].id, coupons[n].epoch});
    asked.push_back(&coupons[n]);
  }
  const std::vector<std::optional<gate::gate_count>> counts = gate.counts(names);
  const timestamp now = clock_.now();
  std::vector<const coupon*> newly_settled;
  for (std::size_t n = 0; n < counts.size(); ++n) {
    coupon& c = *asked[n];
    if (!counts[n]) {
      c.admitted_quantity.reset();
      continue;
    }
    c.admitted_quantity = std::max(counts[n]->size, c.sequences());
    if (settled_gates::is_settled(c, *counts[n], now)) newly_settled.push_back(&c);
  }
  if (!newly_settled.empty()) settled_.remember(newly_settled);
}

async_result_of<coupon_issue_page> distributed_coupon_service::issues_of_coupon(coupon_id id, sequence_number after,
                                                                                int limit, runtime::deadline until) {
  return on_stores<coupon_issue_page>(look_ups_, until, [=](stores& use) -> result<coupon_issue_page> {
    const result<coupon> row = use.ledger->find_coupon(id);
    if (!row) return row.error();
    return use.ledger->issues_of_coupon(id, after, limit);
  });
}

async_result_of<user_issue_page> distributed_coupon_service::issues_of_user(user_id user,
                                                                            std::optional<user_issue_position> after,
                                                                            int limit, runtime::deadline until) {
  return on_stores<user_issue_page>(look_ups_, until,
                                    [=](stores& use) { return use.ledger->issues_of_user(user, after, limit); });
}

async_result_of<operator_action_page> distributed_coupon_service::actions(std::optional<coupon_id> coupon,
                                                                          std::optional<std::int64_t> before, int limit,
                                                                          runtime::deadline until) {
  return on_stores<operator_action_page>(look_ups_, until,
                                         [=](stores& use) { return use.ledger->actions(coupon, before, limit); });
}

async_result_of<coupon_backlog> distributed_coupon_service::backlog(coupon_id id, runtime::deadline until) {
  return on_stores<coupon_backlog>(look_ups_, until, [id](stores& use) { return backlog_of(use, id); });
}

async_result_of<dead_letter_page> distributed_coupon_service::dead_letters(std::optional<coupon_id> coupon,
                                                                           std::optional<std::int64_t> after, int limit,
                                                                           runtime::deadline until) {
  return on_stores<dead_letter_page>(look_ups_, until, [=](stores& use) -> result<dead_letter_page> {
    return open_letters(use, coupon, after, limit);
  });
}

}  // namespace firstcome::issuing
