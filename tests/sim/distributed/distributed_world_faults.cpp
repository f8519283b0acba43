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
      return crowd_.ask(one);
    case event::use:
    case event::undo_use:
    case event::give_back:
    case event::look_up:
      return holders_.act(one);
    case event::set_total:
    case event::pause:
    case event::resume:
    case event::move_end:
      return change(one);
    case event::kill:
    case event::vanish:
      return kill(one, one.what == event::vanish);
    case event::stop:
      return node_of(one.who).self().stop_until(time_.now() + one.length);
    case event::clock:
      return node_of(one.who).self().set_clock_ahead(microseconds(one.amount));
    case event::lose_clients:
      crowd_.lose_messages(one.chance);
      holders_.lose_messages(one.chance);
      return time_.after(one.length, [this] {
        crowd_.lose_messages(0);
        holders_.lose_messages(0);
      });
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
      return places_.lost();
    case event::fail_over:
      ++servers_.redis.life;
      lose_what_came_since(replicas_.at(one.number));
      if (!restores_.empty()) note_what_came_back();  // a ledger that went back takes the gate's word
      return;
    case event::restore_ledger:
      ++servers_.ledger.life;
      servers_.ledgers.restore(backups_.at(one.number));
      note_what_came_back();
      return places_.lost();
    case event::contention:
      servers_.ledger.contention = one.chance;
      return time_.after(one.length, [this] { servers_.ledger.contention = 0; });
    default:
      throw std::logic_error("this does not happen here: " + to_string(one));
  }
}

void distributed_world::note_what_came_back() {
  restores_.push_back({time_.now(), servers_.ledgers.of(coupon_).row, std::nullopt});
  if (const simulated_meta* const meta = servers_.gates.meta_of(coupon_)) restores_.back().gate = meta->config;
}

void distributed_world::lose_what_came_since(const simulated_redis& copy) {
  servers_.gates.coupons = copy.coupons;
  servers_.gates.begin_lineage();
  places_.lost();
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

}  // namespace firstcome::sim
