#include "sim/embedded/embedded_world.hpp"

namespace firstcome::sim {
namespace {

coupon_draft draft_of(const plan& p) {
  coupon_draft draft;
  draft.title = "a coupon";
  draft.total_quantity = p.total_quantity;
  draft.restock = p.restocks ? restock_rule::pool : restock_rule::none;
  draft.window = {first_day + p.window_start, first_day + p.window_end};
  return draft;
}

/// The node is gone, or what clients send; or the node ends at an operation of the disk, whenever that is.
std::vector<auditor::disturbance> silences_in(const plan& p) {
  std::vector<auditor::disturbance> silences;
  for (const item& one : p.items) {
    if (one.what == event::kill || one.what == event::lose_clients)
      silences.push_back({nanoseconds(one.at), nanoseconds(one.at + one.length)});
    if (one.what == event::power_cut || one.what == event::fail_write || one.what == event::fail_sync)
      silences.push_back({nanoseconds(one.at), auditor::never});
  }
  return silences;
}

}  // namespace

embedded_world::embedded_world(const plan& p, how_to_run how)
    : plan_(p),
      time_(random_source(p.seed).fork("time")),
      lines_(time_, how.wants_trace),
      node_(time_, lines_, random_source(p.seed).fork("node"), draft_of(p), how.bug),
      crowd_(time_, lines_, p,
             [this](int, int user, crowd::reply answer) { node_.issue(user_id{user}, std::move(answer)); }),
      holders_(time_, lines_, p,
               [this](int, const life_call& call, holders::reply answer) { node_.take(call, std::move(answer)); }),
      changes_(time_, lines_) {
  holders_.on_returned = [this](int user) { crowd_.ask_again(user); };
  node_.self().set_drift(drift_of(random_source(p.seed).fork("drift")));
}

outcome_of_history embedded_world::run() {
  constexpr microseconds to_settle = 60s, between_looks = 100ms;
  node_.start();
  for (const item& one : plan_.items)
    time_.at(one.at, [this, &one] {
      if (one.what != event::ask) lines_.note("-", to_string(one));
      begin(one);
    });
  const instant calm = plan_.calm_from() + 1s;
  time_.at(calm, [this] {
    crowd_.ask_until_known();
    holders_.act_until_known();
  });
  bool quiet = false;
  for (instant next = calm + between_looks; !quiet && next < calm + to_settle; next += between_looks) {
    time_.advance_to(next);
    quiet = settled() && nobody_is_left_to_come();
  }
  return judge(quiet);
}

/// What came back to the pool is there for whoever comes: two do, once all is quiet.
bool embedded_world::nobody_is_left_to_come() {
  if (!plan_.restocks || !plan_.has(event::give_back)) return true;
  if (std::exchange(strangers_came_, true)) return true;
  crowd_.send_strangers(2);
  return false;
}

void embedded_world::begin(const item& one) {
  const auto operations = static_cast<std::uint64_t>(one.amount);
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
    case event::move_end: {
      operator_log::change& asked = changes_.begin(one, node_.self());
      return node_.change(change_of(one, plan_, time_.now()),
                          [this, &asked](const result<coupon>& said) { changes_.answered(asked, said); });
    }
    case event::kill:
      node_.kill(false);
      return time_.after(one.length, [this] { node_.start(); });
    case event::power_cut:
      return node_.end_at_operation(operations, one.where == 0);
    case event::fail_write:
      return node_.fail_write_at(operations);
    case event::fail_sync:
      return node_.fail_sync_at(operations);
    case event::disk_full:
      node_.fill_disk(true);
      return time_.after(one.length, [this] { node_.fill_disk(false); });
    case event::disk_slow:
      node_.slow_disk(microseconds(one.amount));
      return time_.after(one.length, [this] { node_.slow_disk({}); });
    case event::stop:
      return node_.self().stop_until(time_.now() + one.length);
    case event::clock:
      return node_.self().set_clock_ahead(microseconds(one.amount));
    case event::lose_clients:
      crowd_.lose_messages(one.chance);
      holders_.lose_messages(one.chance);
      return time_.after(one.length, [this] {
        crowd_.lose_messages(0);
        holders_.lose_messages(0);
      });
    default:
      throw std::logic_error("this does not happen here: " + to_string(one));
  }
}

outcome_of_history embedded_world::judge(bool quiet) {
  outcome_of_history verdict;
  const embedded_node::books found = node_.read_books();
  auditor::books books;
  books.total_quantity = found.coupon.total_quantity;
  books.issued_quantity = found.coupon.issued_quantity;
  for (const issue_record& one : found.issues) {
    books.rows.push_back(row_of(one, ""));
    books.rows.back().order = -1;
  }

  auditor::assumptions given;
  given.unknown_settles_after_ns = nanoseconds(20s);
  given.first_total = plan_.total_quantity;
  given.sold_out_lease_ns = 0;
  changes_.add_to(given);
  given.steps = holders_.history();
  given.restocks = plan_.restocks;
  for (const item& one : plan_.items)
    if (one.what == event::clock) given.window_changes.push_back({nanoseconds(one.at), nanoseconds(one.at + 1ms)});
  given.window =
      auditor::issue_window{nanoseconds(plan_.window_start), nanoseconds(plan_.window_end), nanoseconds(1ms)};
  if (!plan_.has(event::stop)) given.answer_within_ns = nanoseconds(request_timeout + 8 * plan_.latency + 10ms);
  given.silences = silences_in(plan_);
  std::vector<auditor::broken_promise> noticed;
  for (const std::string& why : node_.unexplained_ends()) noticed.push_back({0, "the node ended by itself: " + why});
  if (!quiet) noticed.push_back({0, "it comes to no end: a minute after all faults were over the node does not serve"});
  verdict.add(auditor::audit(crowd_.history(), books, given), noticed);
  verdict.trace_number = lines_.number();
  verdict.trace_lines = lines_.lines();
  verdict.requests = crowd_.history().size();
  verdict.events = time_.happened();
  return verdict;
}

}  // namespace firstcome::sim
