// A plan as a person reads it.

#include "sim/history/plan.hpp"

namespace firstcome::sim {
namespace {

const char* name_of(event what) {
  switch (what) {
    case event::ask:
      return "asks";
    case event::use:
      return "uses";
    case event::undo_use:
      return "undoes the use of";
    case event::give_back:
      return "returns";
    case event::look_up:
      return "looks up";
    case event::set_total:
      return "an operator sets the total";
    case event::pause:
      return "an operator pauses";
    case event::resume:
      return "an operator resumes";
    case event::move_end:
      return "an operator moves the end";
    case event::kill:
      return "is killed";
    case event::vanish:
      return "vanishes";
    case event::stop:
      return "stands still";
    case event::clock:
      return "clock jumps";
    case event::lose_clients:
      return "clients' messages are lost or come twice";
    case event::power_cut:
      return "the power is cut";
    case event::fail_write:
      return "a write fails";
    case event::fail_sync:
      return "a sync fails";
    case event::disk_full:
      return "the disk is full";
    case event::disk_slow:
      return "the disk is slow";
    case event::restart_store:
      return "restarts";
    case event::stop_store:
      return "stands still";
    case event::lose_store:
      return "calls get lost or come late";
    case event::slow_store:
      return "calls are slow";
    case event::redis_clock:
      return "Redis' clock jumps";
    case event::redis_full:
      return "Redis refuses to write";
    case event::flush:
      return "Redis is flushed";
    case event::fail_over:
      return "Redis fails over to a replica that is behind";
    case event::restore_ledger:
      return "the ledger is restored from a backup";
    case event::conflicts:
      return "transactions are overtaken by the cluster's other node";
    case event::contention:
      return "transactions are deadlocks' victims, or wait for a lock too long";
    case event::lose_wakes:
      return "nobody tells the workers";
    case event::spoil:
      return "an entry of the queue is spoilt";
    case event::refuse_user:
      return "the ledger takes no row of";
  }
  return "";
}

std::string process_name(int who) {
  if (who < api_nodes) return "api-" + std::to_string(who + 1);
  return "worker-" + std::to_string(who - api_nodes + 1);
}

std::string milliseconds_of(microseconds duration) {
  const auto us = duration.count();
  return std::to_string(us / 1000) + "." + std::to_string(us % 1000 / 100) + " ms";
}
}  // namespace

std::string to_string(const item& one) {
  std::string text = "#" + std::to_string(one.number) + "  " + milliseconds_of(one.at) + ": ";
  if (one.coupon != 0) text += "coupon " + std::to_string(one.coupon) + ": ";
  const std::string name = name_of(one.what);
  switch (one.what) {
    case event::ask:
      return text + "user " + std::to_string(one.who) + " asks " + process_name(one.where);
    case event::use:
    case event::undo_use:
    case event::give_back:
    case event::look_up:
      text += "somebody at " + process_name(one.where) + " " + name + " user " + std::to_string(one.who) + "'s";
      return one.amount == 0 ? text : text + ", order " + std::to_string(one.amount);
    case event::refuse_user:
      text += name + " user " + std::to_string(one.who);
      break;
    case event::kill:
    case event::vanish:
    case event::stop:
    case event::clock:
      text += process_name(one.who) + " " + name;
      break;
    case event::power_cut:
    case event::fail_write:
    case event::fail_sync:
      text += one.what == event::power_cut && one.where == 1 ? "the process ends" : name;
      return text + ", at the disk's operation " + std::to_string(one.amount) + " or soon after";
    case event::restart_store:
    case event::stop_store:
      text += (one.where == 0 ? "Redis " : "the ledger ") + name;
      break;
    case event::lose_store:
    case event::slow_store:
      text += process_name(one.who) + "'s " + name + (one.where == 0 ? ", to Redis" : ", to the ledger");
      break;
    default:
      text += name;
  }
  if (one.length.count() != 0) text += ", for " + milliseconds_of(one.length);
  if (one.amount != 0) text += ", " + std::to_string(one.amount);
  return text;
}

namespace {

std::string offer_of(const plan& p) {
  std::string text = p.total_quantity ? std::to_string(*p.total_quantity) + " coupons" : "unlimited coupons";
  if (p.restocks) text += ", restocked";
  return text + ", from " + milliseconds_of(p.window_start) + " to " + milliseconds_of(p.window_end) + "\n";
}

}  // namespace

std::string to_string(const plan& p) {
  std::string text = offer_of(p);
  if (p.two_writers) text += "the ledger is a cluster\n";
  if (p.retention) text += "gates are retired " + milliseconds_of(*p.retention) + " after the end\n";
  for (int coupon = 1; coupon < p.coupons(); ++coupon)
    text += "beside it, coupon " + std::to_string(coupon) + ": " + offer_of(p.part(coupon));
  for (const item& one : p.items) text += "  " + to_string(one) + "\n";
  return text;
}
}  // namespace firstcome::sim
