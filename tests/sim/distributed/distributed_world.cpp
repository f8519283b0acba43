#include "sim/distributed/distributed_world.hpp"

#include "coordination/dead_letters.hpp"
#include "coordination/operator_change.hpp"

namespace firstcome::sim {

using std::to_string;

distributed_world::distributed_world(const plan& p, how_to_run how)
    : plan_(p),
      how_(how),
      time_(random_source(p.seed).fork("time")),
      lines_(time_, how.wants_trace),
      context_{time_,
               lines_,
               servers_,
               p.latency,
               how.bug,
               p.retention,
               sessions_,
               [this](coupon_id coupon) {
                 for (auto& one : workers_)
                   if (!one->self().random().chance(wakes_lost_)) one->wake(coupon);
               },
               [this](coupon_id coupon, const std::string& who) {
                 lines_.note(who, "reports a loss");
                 const coupon_story* const of = story_of(coupon);
                 if (of != nullptr && of->none_lost())
                   add(0, "a false alarm: " + who + " says that admissions may be lost, and nothing was");
               },
               [this](coupon_id coupon, const std::string& why) {
                 lines_.note("worker", "alarm: ", why);
                 const coupon_story* const of = story_of(coupon);
                 if (of != nullptr && of->none_lost())
                   add(5, "a worker finds that gate and ledger contradict each other: " + why);
               }},
      operators_(time_, random_source(p.seed).fork("operators"), "operator"),
      operators_executor_(context_, operators_, operators_ways_) {
  random_source random(p.seed);
  for (int n = 1; n <= api_nodes; ++n)
    apis_.push_back(std::make_unique<api_node>(context_, random.fork("api" + to_string(n)), "api-" + to_string(n)));
  for (int n = 1; n <= worker_nodes; ++n)
    workers_.push_back(
        std::make_unique<worker_node>(context_, random.fork("worker" + to_string(n)), "worker-" + to_string(n)));
  for (int who = 0; who < api_nodes + worker_nodes; ++who)
    node_of(who).self().set_drift(drift_of(random.fork("drift" + to_string(who))));
  if (p.two_writers)
    for (int who = 0; who < api_nodes + worker_nodes; ++who) node_of(who).ways().ledger_node = who % 2;
  const auto is = [&](planted bug) { return how.bug == bug; };
  servers_.ledgers.missing = {.total = is(planted::counts_one_too_few) || is(planted::counts_a_return_twice),
                              .unique = is(planted::forgets_who_was_in) || is(planted::forgets_who_returned),
                              .count = is(planted::counts_apart_from_rows),
                              .used = is(planted::lets_two_orders_use_it),
                              .order = is(planted::forgets_the_order),
                              .pool = is(planted::loses_what_came_back),
                              .lineage = is(planted::forgets_that_it_was_retired),
                              .once = is(planted::counts_a_return_twice)};
  for (int coupon = 0; coupon < p.coupons(); ++coupon)
    stories_.emplace_back(p.part(coupon), context_, apis_,
                          [this](int promise, std::string what) { add(promise, std::move(what)); });
}

outcome_of_history distributed_world::run() {
  constexpr microseconds to_settle = 60s, between_looks = 100ms;
  operators_.start();
  each_story([this](coupon_story& one) { create_coupon(one); });
  watch_stores();
  begun_at_ = time_.now() + 1us;
  for (auto& one : apis_) one->start();
  for (auto& one : workers_) one->start();
  for (const item& one : plan_.items) schedule(one);

  const instant calm = plan_.calm_from();
  time_.at(calm + late_at_most, [this] { each_story([](coupon_story& one) { one.ask_until_known(); }); });
  time_.advance_to(calm + late_at_most + between_looks);
  bool quiet = false;
  for (instant next = time_.now(); !quiet && time_.now() < calm + to_settle;) {
    next += between_looks;
    time_.advance_to(next);
    quiet = settled() && nobody_is_left_to_come();
    if (!quiet) replay_dead_letters();
  }
  outcome_of_history verdict;
  if (!quiet) add_who_waits();
  judge(verdict);
  return verdict;
}

coupon_story* distributed_world::story_of(coupon_id coupon) {
  const auto found =
      std::find_if(stories_.begin(), stories_.end(), [&](const coupon_story& one) { return one.coupon() == coupon; });
  return found == stories_.end() ? nullptr : &*found;
}

void distributed_world::create_coupon(coupon_story& of) {
  coupon_id made{};
  operators_executor_.run(
      [this, &made, &of](issuing::stores& use) {
        process_sleeping_clock time(operators_);
        coordination::recovery recovery(*use.gate, *use.ledger, time);
        made = coordination::operator_change(*use.gate, *use.ledger, time, recovery).create(of.draft()).value().id;
      },
      [](std::exception_ptr why) { std::rethrow_exception(why); }, runtime::deadline::never());
  while (raw(made) == 0) time_.advance();
  of.begin(made);
}

void distributed_world::watch_stores() {
  servers_.gates.on_retired = [this](coupon_id coupon) { retired(coupon); };
  servers_.ledgers.on_commit = [this](coupon_id coupon) { story_of(coupon)->look_at_ledger(); };
  servers_.ledgers.on_locked = [this](coupon_id coupon, int node, std::int64_t ticket) {
    time_.after(lock_idle_timeout, [this, coupon, node, ticket] {
      if (servers_.ledgers.holds(coupon, node, ticket)) servers_.ledgers.end_lock(coupon, node);
    });
  };
  servers_.ledgers.wait_for_lock = [this](coupon_id coupon, int node, std::optional<runtime::deadline> until) {
    process* const who = process::running();
    if (who == nullptr) return false;  // what comes late waits for nobody
    constexpr auto row_wait_max = 500ms;
    const runtime::deadline end = until.value_or(runtime::deadline::after(row_wait_max, who->time()));
    while (servers_.ledgers.locked(coupon, node) && !end.passed(process::running()->time()))
      process::running()->sleep(5ms);
    return !servers_.ledgers.locked(coupon, node);
  };
  servers_.ledgers.hears_early = [] {
    process* const who = process::running();
    return who != nullptr && who->random().chance(0.5);
  };
  servers_.ledgers.loses_at_once = [this] {
    process* const who = process::running();
    return who != nullptr && servers_.ledger.conflicts > 0 && who->random().chance(servers_.ledger.conflicts);
  };
}

void distributed_world::add(int promise, std::string what) {
  const auto same = [&](const auto& one) { return one.promise == promise; };
  if (std::count_if(broken_.begin(), broken_.end(), same) < 3) broken_.push_back({promise, std::move(what)});
}

// The end.

void distributed_world::add_who_waits() {
  std::string who;
  each_story([&who](coupon_story& one) {
    if (const auto why = one.why_unsettled()) who += ", of coupon " + std::to_string(raw(one.coupon())) + ": " + *why;
  });
  if (who.empty()) who = ", of a replay";
  add(0, "it comes to no end: something still waits a minute after all faults were over" + who);
}

void distributed_world::replay_dead_letters() {
  const bool all_content =
      std::all_of(stories_.begin(), stories_.end(), [](const coupon_story& one) { return one.content(); });
  if (!all_content || std::exchange(replaying_, true)) return;
  operators_executor_.run(
      [this](issuing::stores& use) {
        process_sleeping_clock time(operators_);
        coordination::recovery recovery(*use.gate, *use.ledger, time);
        coordination::dead_letters letters(*use.ledger, time, recovery);
        std::vector<dead_letter> open;
        letters.each(std::nullopt, [&](const dead_letter& one) { open.push_back(one); });
        for (const dead_letter& one : open) letters.replay(one);
        replaying_ = false;
      },
      [this](std::exception_ptr) { replaying_ = false; }, runtime::deadline::never());
}

bool distributed_world::settled() {
  if (replaying_) return false;
  bool all = true;
  each_story([&all](coupon_story& one) { all = one.settled() && all; });
  return all;
}

bool distributed_world::nobody_is_left_to_come() {
  bool nobody = true;
  each_story([&nobody](coupon_story& one) { nobody = one.nobody_is_left_to_come() && nobody; });
  return nobody;
}

void distributed_world::judge(outcome_of_history& verdict) {
  each_story([&](coupon_story& one) { one.judge(verdict, begun_at_); });
  verdict.add(std::move(verdict.accused), broken_);
  verdict.trace_number = lines_.number();
  verdict.trace_lines = lines_.lines();
  verdict.events = time_.happened();
}

}  // namespace firstcome::sim
