#include "coordination/audit_findings.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "coordination/gate_look.hpp"
#include "coordination/queue_chain.hpp"
#include "ledger/coupon_audit.hpp"

namespace firstcome::coordination {
namespace {

using std::to_string;

std::string named(user_id user, sequence_number sequence) {
  return "user " + to_string(raw(user)) + " with sequence " + to_string(sequence);
}

/// A gate of an older version does not say how much of its total came back.
bool are_the_same(const gate::gate_config& there, gate::gate_config wanted) {
  if (there.restocked == 0) wanted.restocked = 0;
  return there == wanted;
}

/// All that the gate had admitted is there, or in the ledger. A cursor without a lineage: gate_rebuild::claim.
bool nothing_is_lost(const std::optional<gate::gate_status>& gate, const ledger::queue_cursor& cursor) {
  if (cursor.run_id.empty()) return true;
  if (!gate) return false;
  return gate->retired ? gate->epoch == cursor.epoch : gate->confirmed();
}

class stores_comparison {
 public:
  explicit stores_comparison(const audited_stores& stores) : s_(stores) { found_.coupon = s_.row.id; }

  audit_findings compare() {
    compare_rows();
    compare_gate();
    if (compares_users()) {
      index();
      compare_queue();
      compare_admitted();
      compare_issued();
    }
    std::sort(found_.differences.begin(), found_.differences.end());
    return std::move(found_);
  }

 private:
  void differs(const std::string& what) {
    found_.differences.push_back("coupon " + to_string(raw(s_.row.id)) + ": " + what);
  }
  void gate_differs(const std::string& what) {
    differs(what);
    found_.gate_wrong = true;
  }

  bool compares_users() const { return s_.gate && s_.gate->open && s_.gate->epoch == s_.cursor.epoch; }

  void compare_rows() {
    std::vector<ledger::audited_issue> places;
    std::int64_t returned_rows = 0;
    for (const issue_record& r : s_.ledger) {
      const bool is_row = r.status != issue_status::accepted;
      found_.places_dense = found_.places_dense && r.sequence == static_cast<sequence_number>(places.size()) + 1;
      const bool given_up = !is_row && r.date_returned;
      ++(is_row ? found_.rows : given_up ? found_.given_up : found_.dead_letters);
      // A dead letter whose user is unknown keeps its place all the same: as somebody who is nobody else.
      const std::int64_t user = is_row || raw(r.user) >= id_min ? raw(r.user) : id_max - r.sequence;
      const auto used = r.date_used ? std::optional(to_microseconds(*r.date_used)) : std::nullopt;
      const bool is_returned = is_row && r.date_returned;
      const auto returned = is_returned ? std::optional(to_microseconds(*r.date_returned)) : std::nullopt;
      if (is_returned) ++returned_rows;
      places.push_back({r.sequence, user, to_microseconds(r.date_issued), used, returned});
    }
    const std::int64_t live = static_cast<std::int64_t>(places.size()) - returned_rows;
    const std::int64_t issued = static_cast<std::int64_t>(found_.rows) - returned_rows;
    ledger::coupon_findings rows = ledger::find_differences(
        {raw(s_.row.id), s_.row.total_quantity, live, s_.row.returned_quantity, s_.row.gone_quantity},
        std::move(places));
    found_.differences = std::move(rows.differences);
    found_.rows_consistent = rows.issues_consistent;
    if (issued == s_.row.issued_quantity) return;
    found_.count_wrong = true;
    differs("issued_quantity says " + to_string(s_.row.issued_quantity) + ", and there are " + to_string(issued) +
            " issues" + (returned_rows == 0 ? "" : " that are not returned"));
  }

  void compare_gate() {
    if (!s_.gate && s_.cursor.epoch == 0) {  // there never was one: nobody can have been admitted by it
      found_.notes.push_back("coupon " + to_string(raw(s_.row.id)) +
                             ": its gate is still to be built from the ledger, by the first node that is asked for it");
      return;
    }
    if (const auto unfit = why_unfit(s_.gate, s_.cursor, s_.row.config_version)) {
      gate_differs(*unfit);
      if (s_.cursor.epoch != 0 && !nothing_is_lost(s_.gate, s_.cursor)) note_possible_loss();
    } else if (!are_the_same(s_.gate->config, gate::config_of(s_.row))) {
      gate_differs("gate and ledger have different configurations under one version");
    }
    if (!s_.gate) return;
    const auto& total = s_.gate->config.total_quantity;
    if (total && s_.gate->size > *total)
      differs("the gate has let in " + to_string(s_.gate->size) + ", more than its total " + to_string(*total));
  }

  void note_possible_loss() {
    const auto last = std::max_element(s_.ledger.begin(), s_.ledger.end(),
                                       [](const auto& a, const auto& b) { return a.date_issued < b.date_issued; });
    const timestamp since = last == s_.ledger.end() ? s_.row.date_created : last->date_issued;
    found_.notes.push_back("coupon " + to_string(raw(s_.row.id)) + ": what was accepted after " + to_rfc3339(since) +
                           " and had not reached the ledger may be lost; no record of it is left to compare with");
  }

  void index() {
    for (const issue_record& r : s_.ledger) {
      by_user_[r.user] = &r;
      by_place_[r.sequence] = &r;
    }
    for (const gate::admitted& who : s_.in_gate) {
      gate_places_.insert(who.sequence);
      if (raw(who.user) >= id_min) gate_users_[who.user] = who.sequence;
    }
    found_.in_gate = s_.in_gate.size();
  }

  void compare_queue() {
    // Only whether the entries chain: how far the gate is may have changed between the two readings.
    gate::queue_view view{*s_.gate, s_.queue};
    sequence_number end = s_.cursor.last_sequence;
    for (const queue::queue_entry& e : s_.queue)
      if (e.what) end = std::max(end, e.what->last());
    view.gate.size = std::max(end, s_.gate->size);
    const queue_chain chain = chain_after(s_.cursor.last_sequence, view, false);
    if (chain.broken) gate_differs("the queue does not continue the ledger: " + *chain.broken);
    for (const queue::queue_entry& e : s_.queue) {
      if (!e.what) {
        damaged_ = true;
        continue;
      }
      for (std::size_t i = 0; i < e.what->users.size(); ++i) {
        const user_id user = e.what->users[i];
        const sequence_number sequence = e.what->first + static_cast<sequence_number>(i);
        queued_[user] = sequence;
        if (!by_user_.contains(user)) ++found_.in_queue;
        const auto in = gate_users_.find(user);
        if (in != gate_users_.end() && in->second != sequence)
          gate_differs(named(user, sequence) + " stands in the queue, and has " + to_string(in->second) +
                       " in the gate");
      }
    }
  }

  /// Everybody in the gate has a row or a dead letter, or is on his way.
  void compare_admitted() {
    for (const gate::admitted& who : s_.in_gate) {
      if (raw(who.user) < id_min) continue;
      const auto record = by_user_.find(who.user);
      if (record != by_user_.end()) {
        if (who.returned != record->second->date_returned.has_value())
          gate_differs(named(who.user, who.sequence) + (who.returned
                                                            ? " is returned in the gate, and not in the ledger"
                                                            : " is returned in the ledger, and not in the gate"));
        if (record->second->sequence != who.sequence)
          gate_differs(named(who.user, who.sequence) + " in the gate has " + to_string(record->second->sequence) +
                       " in the ledger");
        continue;
      }
      if (queued_.contains(who.user)) continue;
      const auto place = by_place_.find(who.sequence);
      if (place != by_place_.end() && raw(place->second->user) < id_min) continue;  // a dead letter's unknown user
      if (place != by_place_.end()) {
        gate_differs(named(who.user, who.sequence) + " was admitted; in the ledger that place is user " +
                     to_string(raw(place->second->user)) + "'s");
        continue;
      }
      if (damaged_ && who.sequence > s_.cursor.last_sequence) continue;  // in an entry that cannot be decoded
      gate_differs(named(who.user, who.sequence) + " was admitted, and is neither in the queue nor in the ledger");
      found_.without_record.push_back(who);
    }
  }

  void compare_issued() {
    const std::unordered_set<user_id> late(s_.late.begin(), s_.late.end());
    for (const issue_record& r : s_.ledger) {
      const bool known = raw(r.user) >= id_min;
      const bool in_gate =
          known ? gate_users_.contains(r.user) || late.contains(r.user) : gate_places_.contains(r.sequence);
      if (in_gate) continue;
      gate_differs(known ? named(r.user, r.sequence) + " is in the ledger and not in the gate"
                         : "sequence " + to_string(r.sequence) + " is a dead letter and has no place in the gate");
    }
  }

  const audited_stores& s_;
  std::unordered_map<user_id, const issue_record*> by_user_;
  std::unordered_map<sequence_number, const issue_record*> by_place_;
  std::unordered_map<user_id, sequence_number> gate_users_;
  std::unordered_set<sequence_number> gate_places_;
  std::unordered_map<user_id, sequence_number> queued_;
  bool damaged_ = false;  // the queue has entries that cannot be decoded
  audit_findings found_;
};

}  // namespace

audit_findings find_differences(const audited_stores& stores) {
  return stores_comparison(stores).compare();
}

}  // namespace firstcome::coordination
