#include "sim/distributed/coupon_story.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "coordination/gate_look.hpp"
#include "coordination/recovery.hpp"

namespace firstcome::sim {

using auditor::instant_ns;
using std::to_string;

coupon_story::coupon_story(plan part, const distributed_context& context, api_nodes_of_history& nodes, blame add)
    : plan_(std::move(part)),
      context_(context),
      nodes_(nodes),
      add_(std::move(add)),
      crowd_(context.time, context.lines, plan_,
             [this](int node, int user, crowd::reply answer) {
               api_node& at = *nodes_.at(static_cast<std::size_t>(node));
               at.issue(coupon_, user_id{user}, std::move(answer));
               if (context_.bug == planted::holds_places) at.issue(coupon_, user_id{user % 24 + 1}, [](heard) {});
             }),
      holders_(context.time, context.lines, plan_,
               [this](int node, const life_call& call, holders::reply answer) {
                 nodes_.at(static_cast<std::size_t>(node))->take(coupon_, call, std::move(answer));
               }),
      changes_(context.time, context.lines),
      places_(context.time, context.servers) {
  holders_.on_returned = [this](int user) { crowd_.ask_again(user); };
  crowd_.on_yes = [this](int user, sequence_number sequence, instant asked_at) {
    places_.note(user_id{user}, sequence, asked_at);
  };
}

coupon_draft coupon_story::draft() const {
  coupon_draft draft;
  draft.title = "a coupon";
  draft.total_quantity = plan_.total_quantity;
  draft.restock = plan_.restocks ? restock_rule::pool : restock_rule::none;
  draft.window = {first_day + plan_.window_start, first_day + plan_.window_end};
  return draft;
}

void coupon_story::begin(coupon_id coupon) {
  coupon_ = coupon;
  places_.begin(coupon);
}

void coupon_story::act(const item& one) {
  switch (one.what) {
    case event::ask:
      return crowd_.ask(one);
    case event::use:
    case event::undo_use:
    case event::give_back:
    case event::look_up:
      return holders_.act(one);
    default:
      return change(one);
  }
}

void coupon_story::change(const item& one) {
  api_node& node = *nodes_.at(static_cast<std::size_t>(one.where));
  operator_log::change& asked = changes_.begin(one, node.self());
  node.change(coupon_, change_of(one, plan_, context_.time.now()),
              [this, &asked](const result<firstcome::coupon>& said) { changes_.answered(asked, said); });
}

void coupon_story::lose_messages(double chance) {
  crowd_.lose_messages(chance);
  holders_.lose_messages(chance);
}

void coupon_story::ask_until_known() {
  crowd_.ask_until_known();
  holders_.act_until_known();
}

void coupon_story::note_what_came_back(std::int32_t known_before) {
  restores_.push_back({context_.time.now(), context_.servers.ledgers.of(coupon_).row, std::nullopt});
  const simulated_meta* const meta = context_.servers.gates.meta_of(coupon_);
  if (meta == nullptr || !meta->config) return;
  restores_.back().gate = meta->config;
  const auto& users = context_.servers.gates.coupons.at(coupon_).users;
  const auto known = users.find(meta->state == "closed" ? meta->source.value_or(0) : meta->epoch);
  std::int32_t marked = 0;
  if (known != users.end())
    for (const auto& [field, record] : known->second) marked += record.returned ? 1 : 0;
  restores_.back().untold = std::max({0, meta->config->restocked - marked, known_before - marked});
}

void coupon_story::spoil(std::int64_t which) {
  auto& gates = context_.servers.gates.coupons;
  const auto keys = gates.find(coupon_);
  if (keys == gates.end() || !keys->second.meta) return;
  const auto queue = keys->second.queues.find(keys->second.meta->epoch);
  if (queue == keys->second.queues.end() || queue->second.entries.empty()) return;
  auto& entries = queue->second.entries;
  entries[static_cast<std::size_t>(which) % entries.size()].fields = {{"s", "spoilt"}};
}

void coupon_story::look_at_ledger() {
  places_.look();
  const testing::sim_coupon_rows& rows = context_.servers.ledgers.of(coupon_);
  const auto all = static_cast<std::int32_t>(rows.issues.size());
  const auto count = static_cast<std::int32_t>(std::count_if(
      rows.issues.begin(), rows.issues.end(), [](const auto& one) { return !one.second.record.date_returned; }));
  if (all != rows.row.sequences())
    add_(5, to_string(all) + " rows with what was returned, and the coupon counts " + to_string(rows.row.sequences()));
  if (rows.row.total_quantity && count > *rows.row.total_quantity)
    add_(1, to_string(count) + " issues of " + to_string(*rows.row.total_quantity) + ", at " +
                to_string(context_.time.now().count()) + " us");
  if (count != rows.row.issued_quantity)
    add_(5, to_string(count) + " rows, and issued_quantity says " + to_string(rows.row.issued_quantity));
}

// The end.

gate::gate_status coupon_story::gate_status() {
  return simulated_gate(context_.servers.gates, [] { return first_day; }).status(coupon_).value_or(gate::gate_status{});
}

namespace {

/// Then the ledger answers. If it went back, the gate may know a later configuration: the next change takes it over.
bool is_retired(const gate::gate_status& gate, const coupon& row, bool restored) {
  const bool knows_more = restored && gate.config.config_version > row.config_version;
  return gate.retired && gate.epoch == row.epoch && (knows_more || gate.config == gate::config_of(row));
}

}  // namespace

std::optional<std::string> coupon_story::why_unsettled() {
  places_.look();
  const testing::sim_coupon_rows& rows = context_.servers.ledgers.of(coupon_);
  const gate::gate_status gate = gate_status();
  if (!crowd_.content()) return "somebody who asks";
  if (!holders_.content()) return "somebody who has an issue, or looks for one";
  if (changes_.waits()) return "an operator";
  if (!rows.dead_letters.empty()) return "a dead letter";
  if (is_retired(gate, rows.row, was_restored())) return std::nullopt;
  // A gate that Redis lost after its retirement, or has an older copy of, is made ready when somebody comes by: the
  // strangers will.
  if (plan_.retention && !strangers_came_) return std::nullopt;
  if (auto why = coordination::why_unfit(gate, rows.cursor, rows.row.config_version)) return why;
  if (gate.config != gate::config_of(rows.row)) return "the gate has not the ledger's configuration";
  if (gate.size != rows.cursor.last_sequence) return "the queue is not in the ledger";
  if (gate.issued != gate.size) return "the queue is not trimmed";
  return std::nullopt;
}

bool coupon_story::nobody_is_left_to_come() {
  const bool somebody_may_come = plan_.restocks && plan_.has(event::give_back);
  if (!somebody_may_come && !plan_.retention) return true;
  if (std::exchange(strangers_came_, true)) return true;
  crowd_.send_strangers(2);
  if (plan_.retention)
    for (int node = 0; node < api_nodes; ++node)
      for (const int user : {1, 31}) holders_.act({.what = event::look_up, .who = user, .where = node});
  return false;
}

void coupon_story::judge(outcome_of_history& verdict, instant begun_at) {
  const testing::sim_coupon_rows& rows = context_.servers.ledgers.of(coupon_);
  std::map<user_id, sequence_number> in_gate;
  std::set<user_id> returned_in_gate, returned;
  if (const auto keys = context_.servers.gates.coupons.find(coupon_); keys != context_.servers.gates.coupons.end())
    for (const auto& [field, record] : keys->second.users[gate_status().epoch]) {
      in_gate[user_id{field}] = record.sequence;
      if (record.returned) returned_in_gate.insert(user_id{field});
    }
  for (const auto& [sequence, issue] : rows.issues)
    if (issue.record.date_returned) returned.insert(issue.record.user);
  if (!gate_status().retired && in_gate != rows.places) add_(5, "gate and ledger hold different users");
  // A ledger that went back may have forgotten returns of a coupon whose configuration they do not change: until
  // somebody audits it.
  const bool forgotten = was_restored() && std::ranges::includes(returned_in_gate, returned);
  if (!gate_status().retired && returned_in_gate != returned && !forgotten)
    add_(5, "gate and ledger differ in who returned");
  for (const std::string& what : places_.not_kept(rows)) add_(3, what);
  for (const auto& one : auditor::audit(crowd_.history(), final_books(), what_the_judge_must_know(begun_at)))
    verdict.accused.push_back(one);
  verdict.requests += crowd_.history().size();
}

auditor::books coupon_story::final_books() const {
  const testing::sim_coupon_rows& rows = context_.servers.ledgers.of(coupon_);
  auditor::books books;
  books.total_quantity = rows.row.total_quantity;
  books.issued_quantity = rows.row.issued_quantity;
  for (const auto& [sequence, issue] : rows.issues) books.rows.push_back(row_of(issue.record, issue.order_id));
  return books;
}

/// A ledger that went back takes over what the gate knows. The total is an operator's, unless places had been given
/// again and nobody knows any more who had returned them.
void coupon_story::add_what_came_back(auditor::assumptions& to) const {
  for (const restored& back : restores_) to.ledger_restored_at.push_back(nanoseconds(back.at));
  for (const restored& back : restores_) {
    if (changes_.empty() && !plan_.restocks) break;
    const instant_ns at = nanoseconds(back.at);
    to.quantity_changes.push_back({at, auditor::never, back.ledger.total_quantity});
    to.pauses.push_back({at, auditor::never, back.ledger.paused});
    to.window_changes.push_back({at, auditor::never});
    if (!back.gate) continue;
    const auto total = back.gate->operators_total();
    to.quantity_changes.push_back({at, auditor::never, total});
    for (std::int32_t more = 1; total && more <= back.untold; ++more)
      to.quantity_changes.push_back({at, auditor::never, *total + more});
    to.pauses.push_back({at, auditor::never, back.gate->paused});
  }
}

auditor::assumptions coupon_story::what_the_judge_must_know(instant begun_at) const {
  auditor::assumptions given;
  given.unknown_settles_after_ns = nanoseconds(20s);
  places_.add_to(given);
  given.first_total = plan_.total_quantity;
  given.sold_out_lease_ns = nanoseconds(coordination::announcement_lead);
  changes_.add_to(given);
  given.steps = holders_.history();
  given.restocks = plan_.restocks;
  add_what_came_back(given);
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
      given.silences->push_back({nanoseconds(one.at), nanoseconds(std::max(one.at, begun_at) + one.length)});
  return given;
}

}  // namespace firstcome::sim
