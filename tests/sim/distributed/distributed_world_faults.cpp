// What goes wrong, and what operators do: when, and to whom.

#include "sim/distributed/distributed_world.hpp"

namespace firstcome::sim {
namespace {

/// Of the planted bug: what a Redis that syncs once a second may lose.
constexpr microseconds unsynced = 900ms;

}  // namespace

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

distributed_node& distributed_world::node_of(int who) {
  const auto at = static_cast<std::size_t>(who);
  if (at < apis_.size()) return *apis_[at];
  return *workers_.at(at - apis_.size());
}

void distributed_world::begin(const item& one) {
  switch (one.what) {
    case event::ask:
    case event::use:
    case event::undo_use:
    case event::give_back:
    case event::look_up:
    case event::set_total:
    case event::pause:
    case event::resume:
    case event::move_end:
      return stories_.at(static_cast<std::size_t>(one.coupon)).act(one);
    case event::kill:
    case event::vanish:
      return kill(one, one.what == event::vanish);
    case event::stop:
      return node_of(one.who).self().stop_until(time_.now() + one.length);
    case event::clock:
      return node_of(one.who).self().set_clock_ahead(microseconds(one.amount));
    case event::lose_clients:
      each_story([&one](coupon_story& of) { of.lose_messages(one.chance); });
      return time_.after(one.length, [this] { each_story([](coupon_story& of) { of.lose_messages(0); }); });
    case event::lose_wakes:
      wakes_lost_ = 1;
      return time_.after(one.length, [this] { wakes_lost_ = 0; });
    case event::refuse_user:
      servers_.ledgers.refuse_user(user_id{one.who});
      return time_.after(one.length, [this, &one] { servers_.ledgers.accept_user(user_id{one.who}); });
    case event::spoil:
      return stories_.at(static_cast<std::size_t>(one.coupon)).spoil(one.amount);
    default:
      return begin_store_fault(one);
  }
}

void distributed_world::begin_store_fault(const item& one) {
  store_server& server = one.where == 0 ? servers_.redis : servers_.ledger;
  store_ways& ways = node_of(one.who).ways();
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
        for (auto& worker : workers_) worker->subscribe_again();
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
      return each_story([](coupon_story& of) { of.lost(); });
    case event::fail_over:
      return fail_over(replicas_.at(one.number));
    case event::restore_ledger:
      return restore_ledger(one);
    case event::conflicts:
      servers_.ledger.conflicts = one.chance;
      return time_.after(one.length, [this] { servers_.ledger.conflicts = 0; });
    case event::contention:
      servers_.ledger.contention = one.chance;
      return time_.after(one.length, [this] { servers_.ledger.contention = 0; });
    default:
      throw std::logic_error("this does not happen here: " + to_string(one));
  }
}

void distributed_world::restore_ledger(const item& one) {
  ++servers_.ledger.life;
  std::vector<std::int32_t> known;
  each_story([&](const coupon_story& of) { known.push_back(of.known_to_be_back()); });
  servers_.ledgers.restore(backups_.at(one.number));
  last_restore_ = time_.now();
  each_story([&, at = known.begin()](coupon_story& of) mutable {
    of.note_what_came_back(*at++);
    of.lost();
  });
}

/// A worker that saw the ledger whole retires the gate, and the ledger went back in between: what it forgot is nowhere
/// then. (Operators are told to stop the workers first.) What comes late belongs to somebody who is gone.
void distributed_world::retired(coupon_id coupon) {
  const auto is = [](const auto& one) { return &one->self() == process::running(); };
  const auto worker = std::find_if(workers_.begin(), workers_.end(), is);
  if (last_restore_ && (worker == workers_.end() || (*worker)->looks_since() <= *last_restore_))
    story_of(coupon)->lost();
}

/// A ledger that went back takes the gate's word, also when it is another gate's.
void distributed_world::fail_over(const simulated_redis& copy) {
  ++servers_.redis.life;
  servers_.gates.coupons = copy.coupons;
  servers_.gates.begin_lineage();
  for (auto& worker : workers_) worker->subscribe_again();
  each_story([](coupon_story& of) {
    of.lost();
    if (of.was_restored()) of.note_what_came_back(of.known_to_be_back());
  });
}

void distributed_world::kill(const item& one, bool vanishes) {
  distributed_node& node = node_of(one.who);
  node.ways().vanishes = vanishes;
  node.kill();
  node.ways().vanishes = false;
  time_.after(one.length, [&node] {
    if (!node.self().alive()) node.start();
  });
}

}  // namespace firstcome::sim
