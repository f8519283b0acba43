#include "sim/distributed/distributed_world.hpp"

#include "coordination/dead_letters.hpp"
#include "coordination/operator_change.hpp"

namespace firstcome::sim {
namespace {

using auditor::instant_ns;
using std::to_string;

}  // namespace

distributed_world::distributed_world(const plan& p, how_to_run how)
    : plan_(p),
      how_(how),
      time_(random_source(p.seed).fork("time")),
      lines_(time_, how.wants_trace),
      around_{time_,
              lines_,
              servers_,
              p.latency,
              how.bug,
              sessions_,
              [this](coupon_id coupon) {
                for (auto& one : workers_)
                  if (!one->self().random().chance(wakes_lost_)) one->wake(coupon);
              },
              [this](const std::string& why) {
                lines_.note("worker", "alarm: ", why);
                if (places_.none_lost()) add(5, "a worker finds that gate and ledger contradict each other: " + why);
              }},
      operators_(time_, random_source(p.seed).fork("operators"), "operator"),
      operators_lender_(around_, operators_, operators_ways_),
      crowd_(time_, lines_, p,
             [this](int node, int user, crowd::reply answer) {
               api_node& at = *apis_.at(static_cast<std::size_t>(node));
               at.issue(coupon_, user_id{user}, std::move(answer));
               if (how_.bug == planted::holds_places) at.issue(coupon_, user_id{user % 24 + 1}, [](heard) {});
             }),
      holders_(time_, lines_, p,
               [this](int node, const life_call& call, holders::reply answer) {
                 apis_.at(static_cast<std::size_t>(node))->take(coupon_, call, std::move(answer));
               }),
      changes_(time_, lines_),
      places_(time_, servers_) {
  random_source random(p.seed);
  for (int n = 1; n <= api_nodes; ++n)
    apis_.push_back(std::make_unique<api_node>(around_, random.fork("api" + to_string(n)), "api-" + to_string(n)));
  for (int n = 1; n <= worker_nodes; ++n)
    workers_.push_back(
        std::make_unique<worker_node>(around_, random.fork("worker" + to_string(n)), "worker-" + to_string(n)));
  for (int who = 0; who < api_nodes + worker_nodes; ++who)
    node_of(who).self().set_drift(drift_of(random.fork("drift" + to_string(who))));
  const auto is = [&](planted bug) { return how.bug == bug; };
  servers_.ledgers.missing = {.total = is(planted::counts_one_too_few) || is(planted::counts_a_return_twice),
                              .unique = is(planted::forgets_who_was_in) || is(planted::forgets_who_returned),
                              .count = is(planted::counts_apart_from_rows),
                              .used = is(planted::lets_two_orders_use_it),
                              .order = is(planted::forgets_the_order),
                              .pool = is(planted::loses_what_came_back),
                              .once = is(planted::counts_a_return_twice)};
  holders_.on_returned = [this](int user) { crowd_.ask_again(user); };
  crowd_.on_yes = [this](int user, sequence_number sequence, instant asked_at) {
    places_.told(user_id{user}, sequence, asked_at);
  };
}

outcome_of_history distributed_world::run() {
  constexpr microseconds to_settle = 60s, between_looks = 100ms;
  create_coupon();
  begun_at_ = time_.now() + 1us;
  for (auto& one : apis_) one->start();
  for (auto& one : workers_) one->start();
  for (const item& one : plan_.items) schedule(one);

  const instant calm = plan_.calm_from();
  time_.at(calm + late_at_most, [this] {
    crowd_.ask_until_known();
    holders_.act_until_known();
  });
  time_.advance_to(calm + late_at_most + between_looks);
  bool quiet = false;
  for (instant next = time_.now(); !quiet && time_.now() < calm + to_settle;) {
    next += between_looks;
    time_.advance_to(next);
    quiet = settled() && nobody_is_left_to_come();
    if (!quiet && crowd_.content()) replay_dead_letters();
  }
  outcome_of_history verdict;
  if (!quiet) add(0, "it comes to no end: something still waits a minute after all faults were over");
  judge(verdict);
  return verdict;
}

void distributed_world::create_coupon() {
  operators_.start();
  coupon_draft draft;
  draft.title = "a coupon";
  draft.total_quantity = plan_.total_quantity;
  draft.restock = plan_.restocks ? restock_rule::pool : restock_rule::none;
  draft.window = {first_day + plan_.window_start, first_day + plan_.window_end};
  operators_lender_.run(
      [this, draft](issuing::stores& use) {
        process_pace time(operators_);
        coordination::recovery care(*use.gate, *use.ledger, time);
        coupon_ = coordination::operator_change(*use.gate, *use.ledger, time, care).create(draft).value().id;
      },
      [](std::exception_ptr why) { std::rethrow_exception(why); });
  while (raw(coupon_) == 0) time_.advance();
  places_.begin(coupon_);
  servers_.ledgers.on_commit = [this](coupon_id coupon) { look_at_ledger(coupon); };
  servers_.ledgers.on_locked = [this](coupon_id coupon, std::int64_t ticket) {
    time_.after(lock_idle_timeout, [this, coupon, ticket] {
      if (servers_.ledgers.locked(coupon, ticket)) servers_.ledgers.end_lock(coupon);
    });
  };
  servers_.ledgers.wait_for_lock = [this](coupon_id coupon, std::chrono::milliseconds patience) {
    if (process::running() == nullptr) return false;  // what comes late waits for nobody
    const instant until = time_.now() + patience;
    while (servers_.ledgers.locked(coupon) && time_.now() < until) process::running()->sleep(5ms);
    return !servers_.ledgers.locked(coupon);
  };
}

void distributed_world::look_at_ledger(coupon_id coupon) {
  places_.look();
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon);
  const auto all = static_cast<std::int32_t>(rows.issues.size());
  const auto count = static_cast<std::int32_t>(std::count_if(
      rows.issues.begin(), rows.issues.end(), [](const auto& one) { return !one.second.record.date_returned; }));
  if (all != rows.row.sequences())
    add(5, to_string(all) + " rows with what was returned, and the coupon counts " + to_string(rows.row.sequences()));
  if (rows.row.total_quantity && count > *rows.row.total_quantity)
    add(1, to_string(count) + " issues of " + to_string(*rows.row.total_quantity) + ", at " +
               to_string(time_.now().count()) + " us");
  if (count != rows.row.issued_quantity)
    add(5, to_string(count) + " rows, and issued_quantity says " + to_string(rows.row.issued_quantity));
}

void distributed_world::add(int promise, std::string what) {
  const auto same = [&](const auto& one) { return one.promise == promise; };
  if (std::count_if(broken_.begin(), broken_.end(), same) < 3) broken_.push_back({promise, std::move(what)});
}

// The end.

gate::gate_status distributed_world::gate_status() {
  return simulated_gate(servers_.gates, [] { return first_day; }).status(coupon_).value_or(gate::gate_status{});
}

void distributed_world::replay_dead_letters() {
  if (std::exchange(replaying_, true)) return;
  operators_lender_.run(
      [this](issuing::stores& use) {
        process_pace time(operators_);
        coordination::recovery care(*use.gate, *use.ledger, time);
        coordination::dead_letters letters(*use.ledger, time, care);
        std::vector<dead_letter> open;
        letters.each(coupon_, [&](const dead_letter& one) { open.push_back(one); });
        for (const dead_letter& one : open) letters.replay(one);
        replaying_ = false;
      },
      [this](std::exception_ptr) { replaying_ = false; });
}

bool distributed_world::settled() {
  places_.look();
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon_);
  const gate::gate_status gate = gate_status();
  return crowd_.content() && holders_.content() && !changes_.waits() && !replaying_ && rows.dead_letters.empty() &&
         gate.confirmed() && gate.run_id == rows.cursor.run_id && gate.config == gate::config_of(rows.row) &&
         !gate.lowering && gate.issued == gate.size && gate.size == rows.cursor.last_sequence;
}

void distributed_world::judge(outcome_of_history& verdict) {
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon_);
  std::map<user_id, sequence_number> in_gate;
  if (const auto keys = servers_.gates.coupons.find(coupon_); keys != servers_.gates.coupons.end())
    for (const auto& [field, record] : keys->second.users[gate_status().epoch])
      in_gate[user_id{field}] = record.sequence;
  if (in_gate != rows.places) add(5, "gate and ledger hold different users");
  for (const std::string& what : places_.not_kept(rows)) add(3, what);
  verdict.add(auditor::audit(crowd_.history(), final_books(), what_the_judge_must_know()), broken_);
  verdict.trace_number = lines_.number();
  verdict.trace_lines = lines_.lines();
  verdict.requests = crowd_.history().size();
  verdict.events = time_.happened();
}

auditor::books distributed_world::final_books() const {
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon_);
  auditor::books books;
  books.total_quantity = rows.row.total_quantity;
  books.issued_quantity = rows.row.issued_quantity;
  for (const auto& [sequence, issue] : rows.issues) books.rows.push_back(row_of(issue.record, issue.order_id));
  return books;
}

/// What came back to the pool is there for whoever comes: two do, once all is quiet.
bool distributed_world::nobody_is_left_to_come() {
  if (!plan_.restocks || !plan_.has(event::give_back)) return true;
  if (std::exchange(strangers_came_, true)) return true;
  crowd_.send_strangers(2);
  return false;
}

auditor::assumptions distributed_world::what_the_judge_must_know() const {
  auditor::assumptions given;
  given.unknown_settles_after_ns = nanoseconds(20s);
  places_.tell(given);
  given.first_total = plan_.total_quantity;
  given.sold_out_lease_ns = nanoseconds(coordination::announcement_lead);
  changes_.tell(given);
  given.steps = holders_.history();
  given.restocks = plan_.restocks;
  for (const restored& back : restores_) given.ledger_restored_at.push_back(nanoseconds(back.at));
  for (const restored& back : restores_) {
    if (changes_.empty() && !plan_.restocks) break;  // what was returned since the backup stands in the gate's total
    const instant_ns at = nanoseconds(back.at);
    given.quantity_changes.push_back({at, auditor::never, back.ledger.total_quantity});
    given.pauses.push_back({at, auditor::never, back.ledger.paused});
    given.window_changes.push_back({at, auditor::never});
    if (!back.gate) continue;
    given.quantity_changes.push_back({at, auditor::never, back.gate->total_quantity});
    given.pauses.push_back({at, auditor::never, back.gate->paused});
  }
  for (const item& one : plan_.items)
    if (one.what == event::redis_clock)
      given.window_changes.push_back({nanoseconds(one.at), nanoseconds(one.at + 1ms)});
  given.window =
      auditor::issue_window{nanoseconds(plan_.window_start), nanoseconds(plan_.window_end), nanoseconds(1ms)};
  const bool nobody_stands_still = !plan_.has(event::stop);
  if (nobody_stands_still) given.answer_within_ns = nanoseconds(request_timeout + 8 * plan_.latency + 10ms);
  given.silences.emplace();
  for (const item& one : plan_.items)
    if (one.what == event::kill || one.what == event::vanish || one.what == event::lose_clients)
      given.silences->push_back({nanoseconds(one.at), nanoseconds(std::max(one.at, begun_at_) + one.length)});
  return given;
}

}  // namespace firstcome::sim
