#include "sim/distributed/distributed_world.hpp"

#include "worker/dead_letters.hpp"
#include "worker/operator_change.hpp"

namespace firstcome::sim {
namespace {

using auditor::instant_ns;
using std::to_string;

/// Of the planted bug: what a Redis that syncs once a second may lose.
constexpr microseconds unsynced = 900ms;

process& process_at(auto& apis, auto& workers, int who) {
  return who < api_nodes ? apis.at(static_cast<std::size_t>(who))->self()
                         : workers.at(static_cast<std::size_t>(who - api_nodes))->self();
}

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
                if (losses_.empty()) add(5, "a worker finds that gate and ledger contradict each other: " + why);
              }},
      operators_(time_, random_source(p.seed).fork("operators"), "operator"),
      operators_lender_(around_, operators_, operators_ways_),
      crowd_(time_, lines_, p,
             [this](int node, int user, crowd::reply answer) {
               api_node& at = *apis_.at(static_cast<std::size_t>(node));
               at.issue(coupon_, user_id{user}, std::move(answer));
               if (how_.bug == planted::holds_places) at.issue(coupon_, user_id{user % 24 + 1}, [](heard) {});
             }),
      changes_(time_, lines_) {
  random_source random(p.seed);
  for (int n = 1; n <= api_nodes; ++n)
    apis_.push_back(std::make_unique<api_node>(around_, random.fork("api" + to_string(n)), "api-" + to_string(n)));
  for (int n = 1; n <= worker_nodes; ++n)
    workers_.push_back(
        std::make_unique<worker_node>(around_, random.fork("worker" + to_string(n)), "worker-" + to_string(n)));
  for (int who = 0; who < api_nodes + worker_nodes; ++who)
    process_of(who).set_drift(static_cast<double>(random.fork("drift" + to_string(who)).between(-1000, 1000)) * 1e-6);
  servers_.ledgers.missing = {.total = how.bug == planted::counts_one_too_few,
                              .unique = how.bug == planted::forgets_who_was_in,
                              .count = how.bug == planted::counts_apart_from_rows};
  crowd_.on_yes = [this](int user, sequence_number sequence, instant asked_at) { promised(user, sequence, asked_at); };
}

outcome_of_history distributed_world::run() {
  constexpr microseconds to_settle = 60s, between_looks = 100ms;
  create_coupon();
  for (auto& one : apis_) one->start();
  for (auto& one : workers_) one->start();
  for (const item& one : plan_.items) schedule(one);

  const instant calm = plan_.calm_from();
  time_.at(calm + late_at_most, [this] { crowd_.ask_until_known(); });
  while (time_.now() < calm + late_at_most + between_looks) time_.advance();
  bool quiet = false;
  for (instant next = time_.now(); !quiet && time_.now() < calm + to_settle;) {
    next += between_looks;
    time_.at(next, [] {});
    while (time_.now() < next) time_.advance();
    quiet = settled();
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
  draft.window = {first_day + plan_.window_start, first_day + plan_.window_end};
  operators_lender_.run(
      [this, draft](issuing::stores& use) {
        process_pace time(operators_);
        worker::recovery care(*use.gate, *use.ledger, time);
        coupon_ = worker::operator_change(*use.gate, *use.ledger, time, care).create(draft).value().id;
      },
      [](std::exception_ptr why) { std::rethrow_exception(why); });
  while (raw(coupon_) == 0) time_.advance();
  servers_.ledgers.on_commit = [this](coupon_id coupon) { look_at_ledger(coupon); };
  servers_.ledgers.on_locked = [this](coupon_id coupon, std::int64_t ticket) {
    time_.after(lock_idle_timeout, [this, coupon, ticket] {
      if (servers_.ledgers.locked(coupon, ticket)) servers_.ledgers.end_lock(coupon);
    });
  };
  servers_.ledgers.wait_for_lock = [this](coupon_id coupon, std::chrono::milliseconds patience) {
    const instant until = time_.now() + patience;
    while (servers_.ledgers.locked(coupon) && time_.now() < until) process::running()->sleep(5ms);
    return !servers_.ledgers.locked(coupon);
  };
}

void distributed_world::schedule(const item& one) {
  const auto copy_at = [&](microseconds before) { return std::max(one.at - before, time_.now()); };
  if (one.what == event::fail_over)
    time_.at(copy_at(microseconds(one.amount)), [this, &one] { replicas_[one.number] = servers_.gates; });
  if (one.what == event::restore_ledger)
    time_.at(copy_at(microseconds(one.amount)), [this, &one] { backups_[one.number] = servers_.ledgers.backup(); });
  if (one.what == event::restart_store && how_.bug == planted::answers_before_fsync)
    time_.at(copy_at(unsynced), [this, &one] { replicas_[one.number] = servers_.gates; });
  time_.at(std::max(one.at, time_.now() + 1us), [this, &one] {  // after its copy
    if (one.what != event::ask) lines_.note("-", to_string(one));
    begin(one);
  });
}

process& distributed_world::process_of(int who) {
  return process_at(apis_, workers_, who);
}

store_ways& distributed_world::ways_of(int who) {
  return who < api_nodes ? apis_.at(static_cast<std::size_t>(who))->ways()
                         : workers_.at(static_cast<std::size_t>(who - api_nodes))->ways();
}

void distributed_world::begin(const item& one) {
  switch (one.what) {
    case event::ask:
      return crowd_.ask(one);
    case event::set_total:
    case event::pause:
    case event::resume:
    case event::move_end:
      return change(one);
    case event::kill:
    case event::vanish:
      return kill(one, one.what == event::vanish);
    case event::stop:
      return process_of(one.who).stop_until(time_.now() + one.length);
    case event::clock:
      return process_of(one.who).set_clock_ahead(microseconds(one.amount));
    case event::lose_clients:
      crowd_.lose_messages(one.chance);
      return time_.after(one.length, [this] { crowd_.lose_messages(0); });
    case event::lose_wakes:
      wakes_lost_ = 1;
      return time_.after(one.length, [this] { wakes_lost_ = 0; });
    case event::refuse_user:
      servers_.ledgers.refuse_user(user_id{one.who});
      return time_.after(one.length, [this, &one] { servers_.ledgers.accept_user(user_id{one.who}); });
    case event::spoil:
      return spoil(one);
    default:
      return begin_store_fault(one);
  }
}

void distributed_world::begin_store_fault(const item& one) {
  store_server& server = one.where == 0 ? servers_.redis : servers_.ledger;
  store_ways& ways = ways_of(one.who);
  store_way& way = one.where == 0 ? ways.redis : ways.ledger;
  switch (one.what) {
    case event::restart_store:
      server.up = false;
      ++server.life;
      if (one.where == 1) servers_.ledgers.break_sessions();
      return time_.after(one.length, [this, &one, &server] {
        server.up = true;
        if (one.where != 0) return;
        if (const auto copy = replicas_.find(one.number); copy != replicas_.end())
          servers_.gates.coupons = copy->second.coupons;
        servers_.gates.begin_lineage();
      });
    case event::stop_store:
      server.stopped_until = std::max(server.stopped_until, time_.now() + one.length);
      return;
    case event::lose_store:
      way.loss = one.chance;
      return time_.after(one.length, [&way] { way.loss = 0; });
    case event::slow_store:
      way.slowness = microseconds(one.amount);
      return time_.after(one.length, [&way] { way.slowness = {}; });
    case event::redis_clock:
      servers_.redis_ahead = microseconds(one.amount);
      return;
    case event::redis_full:
      servers_.redis.refuses = true;
      return time_.after(one.length, [this] { servers_.redis.refuses = false; });
    case event::flush:
      servers_.gates.coupons.clear();
      return something_was_lost();
    case event::fail_over:
      ++servers_.redis.life;
      return lose_what_came_since(replicas_.at(one.number));
    case event::restore_ledger:
      ++servers_.ledger.life;
      restores_.push_back({time_.now(), backups_.at(one.number).coupons.at(coupon_).row, std::nullopt});
      if (const simulated_meta* const meta = servers_.gates.meta_of(coupon_)) restores_.back().gate = meta->config;
      servers_.ledgers.restore(backups_.at(one.number));
      return something_was_lost();
    case event::deadlocks:
      servers_.ledger.deadlocks = one.chance;
      return time_.after(one.length, [this] { servers_.ledger.deadlocks = 0; });
    default:
      throw std::logic_error("this does not happen here: " + to_string(one));
  }
}

void distributed_world::lose_what_came_since(const simulated_redis& copy) {
  servers_.gates.coupons = copy.coupons;
  servers_.gates.begin_lineage();
  something_was_lost();
}

void distributed_world::kill(const item& one, bool vanishes) {
  ways_of(one.who).vanishes = vanishes;
  if (one.who < api_nodes) {
    api_node& node = *apis_.at(static_cast<std::size_t>(one.who));
    node.kill();
    time_.after(one.length, [&node] {
      if (!node.self().alive()) node.start();
    });
  } else {
    worker_node& node = *workers_.at(static_cast<std::size_t>(one.who - api_nodes));
    node.kill();
    time_.after(one.length, [&node] {
      if (!node.self().alive()) node.start();
    });
  }
  ways_of(one.who).vanishes = false;
}

void distributed_world::change(const item& one) {
  api_node& node = *apis_.at(static_cast<std::size_t>(one.where));
  operator_log::change& asked = changes_.begin(one, node.self());
  node.change(coupon_, change_of(one, plan_, time_.now()),
              [this, &asked](const result<firstcome::coupon>& said) { changes_.answered(asked, said); });
}

/// Only what the ledger does not have yet can still be spoilt.
void distributed_world::spoil(const item& one) {
  const auto keys = servers_.gates.coupons.find(coupon_);
  if (keys == servers_.gates.coupons.end() || !keys->second.meta) return;
  const auto log = keys->second.queues.find(keys->second.meta->epoch);
  if (log == keys->second.queues.end() || log->second.entries.empty()) return;
  auto& entries = log->second.entries;
  entries[static_cast<std::size_t>(one.amount) % entries.size()].fields = {{"s", "spoilt"}};
}

// What must be kept.

void distributed_world::promised(int user, sequence_number sequence, instant asked_at) {
  const user_id who{user};
  look_whether_rebuilt();
  if (contradicted_ || (!losses_.empty() && asked_at <= losses_.back().to)) {
    const auto kept = what_survives().places;
    const auto place = kept.find(sequence);
    if (contradicted_ || place == kept.end() || place->second != who) {
      bereft_.insert(who);
      return;
    }
  }
  promised_[who] = sequence;
}

/// What is in the ledger, and what the last open gate has past it, as far as the two are of one history.
distributed_world::survivors distributed_world::what_survives() const {
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon_);
  survivors kept;
  std::set<user_id> placed;
  const auto keep = [&](sequence_number sequence, user_id user) {
    kept.places[sequence] = user;
    placed.insert(user);
  };
  for (const auto& [sequence, issue] : rows.issues) keep(sequence, issue.record.user);
  for (const auto& [id, letter] : rows.dead_letters) keep(letter.sequence, letter.user.value_or(user_id{}));
  const simulated_meta* const meta = servers_.gates.meta_of(coupon_);
  if (meta == nullptr) return kept;
  const auto& users = servers_.gates.coupons.at(coupon_).users;
  const auto in_gate = users.find(meta->state == "closed" ? meta->source.value_or(0) : meta->epoch);
  std::map<sequence_number, user_id> gate;
  if (in_gate != users.end())
    for (const auto& [field, record] : in_gate->second) gate[record.sequence] = user_id{field};
  for (const auto& [sequence, user] : kept.places)
    kept.contradiction = kept.contradiction || !gate.contains(sequence) || gate.at(sequence) != user;
  for (sequence_number next = 1; gate.contains(next); ++next) {
    const auto place = kept.places.find(next);
    if (place == kept.places.end() ? placed.contains(gate.at(next)) : place->second != gate.at(next)) break;
    keep(next, gate.at(next));
  }
  return kept;
}

void distributed_world::something_was_lost() {
  look_whether_rebuilt();
  losses_.push_back({time_.now(), time_.now()});
  const survivors kept = what_survives();
  std::erase_if(promised_, [&](const auto& one) {
    const auto place = kept.places.find(one.second);
    if (place != kept.places.end() && place->second == one.first) return false;
    bereft_.insert(one.first);
    return true;
  });
  const simulated_meta* const meta = servers_.gates.meta_of(coupon_);
  if (kept.contradiction && meta != nullptr) contradicted_ = meta->epoch;
}

void distributed_world::look_whether_rebuilt() {
  if (!contradicted_) return;
  const simulated_meta* const meta = servers_.gates.meta_of(coupon_);
  losses_.back().to = time_.now();
  if (meta == nullptr || meta->epoch != *contradicted_) contradicted_.reset();
}

void distributed_world::look_at_ledger(coupon_id coupon) {
  look_whether_rebuilt();
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon);
  const auto count = static_cast<std::int32_t>(rows.issues.size());
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
        worker::recovery care(*use.gate, *use.ledger, time);
        worker::dead_letters letters(*use.ledger, time, care);
        std::vector<ledger::dead_letter> open;
        letters.each(coupon_, [&](const ledger::dead_letter& one) { open.push_back(one); });
        for (const ledger::dead_letter& one : open) letters.replay(one);
        replaying_ = false;
      },
      [this](std::exception_ptr) { replaying_ = false; });
}

bool distributed_world::settled() {
  look_whether_rebuilt();
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon_);
  const gate::gate_status gate = gate_status();
  return crowd_.content() && !changes_.waits() && !replaying_ && rows.dead_letters.empty() && gate.confirmed() &&
         gate.run_id == rows.cursor.run_id && gate.config == gate::config_of(rows.row) && !gate.lowering &&
         gate.issued == gate.size && gate.size == rows.cursor.last_sequence;
}

void distributed_world::judge(outcome_of_history& verdict) {
  const testing::sim_coupon_rows& rows = servers_.ledgers.of(coupon_);
  auditor::books books;
  books.total_quantity = rows.row.total_quantity;
  books.issued_quantity = rows.row.issued_quantity;
  for (const auto& [sequence, issue] : rows.issues) books.rows.push_back({raw(issue.record.user), sequence});

  std::map<user_id, sequence_number> in_gate;
  if (const auto keys = servers_.gates.coupons.find(coupon_); keys != servers_.gates.coupons.end())
    for (const auto& [field, record] : keys->second.users[gate_status().epoch])
      in_gate[user_id{field}] = record.sequence;
  if (in_gate != rows.places) add(5, "gate and ledger hold different users");
  for (const auto& [user, sequence] : promised_) {
    const auto place = rows.places.find(user);
    if (place == rows.places.end() || place->second != sequence)
      add(3, "user " + to_string(raw(user)) + " was promised " + to_string(sequence) + " and has " +
                 (place == rows.places.end() ? "nothing" : to_string(place->second)));
  }
  verdict.broken = auditor::audit(crowd_.history(), books, what_the_judge_must_know());
  verdict.broken.insert(verdict.broken.end(), broken_.begin(), broken_.end());
  verdict.trace_number = lines_.number();
  verdict.trace_lines = lines_.lines();
  verdict.requests = crowd_.history().size();
  verdict.events = time_.happened();
}

auditor::assumptions distributed_world::what_the_judge_must_know() const {
  auditor::assumptions given;
  given.unknown_settles_after_ns = nanoseconds(20s);
  for (const lost& one : losses_) given.gate_lost_at.emplace_back(nanoseconds(one.from), nanoseconds(one.to));
  for (const auto& [user, sequence] : promised_)
    if (!bereft_.contains(user)) given.survivors.push_back(raw(user));
  given.first_total = plan_.total_quantity;
  given.sold_out_lease_ns = nanoseconds(worker::announcement_lead);
  changes_.tell(given);
  for (const restored& back : restores_) {
    if (changes_.empty()) break;
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
  return given;
}

}  // namespace firstcome::sim
