#include "coordination/shared_audit.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace firstcome::coordination {
namespace {

constexpr int readings_max = 8;
constexpr int looks_max = 5;
constexpr std::chrono::milliseconds between_looks{300};
constexpr std::size_t queue_page_entries = 1000;

std::vector<std::string> in_both(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::vector<std::string> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

}  // namespace

/// What is only on its way differs from look to look; what is wrong stays.
result<audit_findings> shared_audit::audit(coupon_id coupon) {
  result<audit_findings> last = look_once(coupon);
  for (int i = 1; i < looks_max && last && !last->agree(); ++i) {
    time_.sleep(time_.jittered(between_looks));
    result<audit_findings> now = look_once(coupon);
    if (!now) return now;
    std::vector<std::string> lasting = in_both(last->differences, now->differences);
    const bool same = lasting.size() == now->differences.size();
    last = std::move(now);
    if (same) break;
    if (i == looks_max - 1) last->differences = std::move(lasting);
  }
  return last;
}

result<audit_findings> shared_audit::look_once(coupon_id coupon) {
  for (int i = 0; i < readings_max; ++i) {
    if (i > 0) time_.sleep(time_.jittered(between_looks));
    const result<std::optional<audited_stores>> stores = read(coupon);
    if (!stores) return stores.error();
    if (*stores) return find_differences(**stores);
  }
  return errc::overloaded;
}

result<std::optional<audited_stores>> shared_audit::read(coupon_id coupon) {
  audited_stores s;
  const std::optional<ledger::queue_cursor> cursor = ledger_.cursor_of(coupon);
  if (!cursor) return errc::coupon_not_found;
  s.cursor = *cursor;
  s.gate = gate_.status(coupon);
  const bool open = s.gate && s.gate->open && s.gate->epoch == s.cursor.epoch;
  if (open) {
    gate_.each_admitted(coupon, s.gate->epoch, [&](const gate::admitted& who) { s.in_gate.push_back(who); });
    std::sort(s.in_gate.begin(), s.in_gate.end(),  // SCAN may name one twice
              [](const auto& a, const auto& b) { return std::tie(a.sequence, a.user) < std::tie(b.sequence, b.user); });
    s.in_gate.erase(std::unique(s.in_gate.begin(), s.in_gate.end()), s.in_gate.end());
    s.queue = read_queue(coupon, s.cursor);
  }
  const result<firstcome::coupon> before = ledger_.find_coupon(coupon);
  if (!before) return before.error();
  ledger_.each_admitted(coupon, [&](const issue_record& record) { s.ledger.push_back(record); });
  const result<firstcome::coupon> after = ledger_.find_coupon(coupon);
  if (!after) return after.error();
  s.row = *after;
  if (open) s.late = ask_again(s);

  const std::optional<gate::gate_status> now = gate_.status(coupon);
  const bool same_gate =
      now.has_value() == s.gate.has_value() && (!now || (now->epoch == s.gate->epoch && now->open == s.gate->open &&
                                                         now->serving_run_id == s.gate->serving_run_id));
  const bool same_row = before->issued_quantity == after->issued_quantity &&
                        before->sequences() == after->sequences() && before->config_version == after->config_version &&
                        before->epoch == after->epoch;
  if (!same_gate || !same_row || after->epoch != s.cursor.epoch) return std::optional<audited_stores>();
  return std::optional(std::move(s));
}

/// From where the cursor stood before the gate was read: who is not found here was moved, and the ledger is read later.
std::vector<queue::queue_entry> shared_audit::read_queue(coupon_id coupon, const ledger::queue_cursor& cursor) {
  std::vector<queue::queue_entry> entries;
  queue::queue_position after = cursor.last_id;
  while (true) {
    const std::optional<gate::queue_view> view = gate_.read_queue(coupon, after, queue_page_entries);
    if (!view || view->gate.epoch != cursor.epoch || view->entries.empty()) return entries;
    after = view->entries.back().at;
    entries.insert(entries.end(), view->entries.begin(), view->entries.end());
    if (view->entries.size() < queue_page_entries) return entries;
  }
}

/// Those of the ledger whom the gate was not seen to hold: they may have come while this was read.
std::vector<user_id> shared_audit::ask_again(const audited_stores& stores) {
  std::unordered_set<user_id> seen;
  for (const gate::admitted& who : stores.in_gate) seen.insert(who.user);
  std::vector<user_id> late;
  for (const issue_record& record : stores.ledger) {
    if (raw(record.user) < id_min || seen.contains(record.user)) continue;
    const auto found = gate_.find(record.coupon, stores.gate->epoch, record.user);
    if (found && found->sequence == record.sequence) late.push_back(record.user);
  }
  return late;
}

}  // namespace firstcome::coordination
