#include "sim/small_world.hpp"

#include <algorithm>

#include "worker/queue_mover.hpp"

namespace firstcome::testing {
namespace {

using std::to_string;

constexpr std::int64_t backlog_max = 1'000'000;

class no_watcher final : public step_watcher {
 public:
  void before(const char*) override {}
  void after(const char*) override {}
};

}  // namespace

small_world::small_world(std::optional<std::int32_t> total_quantity) {
  no_watcher nothing;
  node first(*this, nothing);
  coupon = first.operators.create(draft(total_quantity)).value().id;
  copy_stores();
}

coupon_draft small_world::draft(std::optional<std::int32_t> total_quantity) {
  coupon_draft d;
  d.title = "a coupon";
  d.total_quantity = total_quantity;
  d.window = {from_microseconds(1'700'000'000'000'000), from_microseconds(1'900'000'000'000'000)};
  return d;
}

namespace {

simulated_gate gate_of(small_world& world) {
  return {world.gates, [&world] { return world.time.now(); }};
}

}  // namespace

gate::gate_status small_world::gate_status(coupon_id of) {
  return gate_of(*this).status(of).value();
}

void small_world::ask(const std::vector<std::int64_t>& ids) {
  const simulated_meta* const meta = gates.meta_of(coupon);
  if (meta == nullptr) return;
  std::vector<user_id> asking;
  for (const std::int64_t id : ids) asking.push_back(user_id{id});
  gate::admit_decisions decisions;
  gate_of(*this).admit(coupon, meta->epoch, backlog_max, asking, decisions);
  for (const result<issue_decision>& d : decisions)
    if (d && d->what == verdict::admitted) promised[d->record.user] = d->record.sequence;
}

void small_world::spoil_entry(sequence_number first) {
  for (auto& entry : gates.coupons.at(coupon).queues.at(gate_status().epoch).entries)
    if (entry.at == to_string(first) + "-0") entry.fields = {{"s", "spoilt"}};
}

void small_world::lose_entry(sequence_number first) {
  auto& entries = gates.coupons.at(coupon).queues.at(gate_status().epoch).entries;
  std::erase_if(entries, [&](const auto& entry) { return entry.at == to_string(first) + "-0"; });
}

void small_world::change_lineage() {
  gates.begin_lineage();
}

void small_world::copy_stores() {
  replica = gates;
  backup = ledgers.backup();
}

void small_world::fail_over() {
  gates.coupons = replica.coupons;
  change_lineage();
  excuse_what_is_lost();
}

void small_world::restore_ledger() {
  ledgers.restore(backup);
  excuse_what_is_lost();
}

void small_world::replay_dead_letters() {
  sim_ledger ledger(ledgers);
  for (int i = 0; i < 2; ++i) {  // the first call over a connection that broke fails
    try {
      for (const auto& letter : ledger.dead_letters(coupon, 0, 1000)) ledger.replay(letter.id, std::nullopt);
      return;
    } catch (const store_unavailable&) {
    }
  }
}

void small_world::excuse_what_is_lost() {
  const auto kept = [&](user_id user, sequence_number sequence) {
    const auto& issues = ledgers.of(coupon).issues;
    const auto row = issues.find(sequence);
    if (row != issues.end() && row->second.record.user == user) return true;
    const auto keys = gates.coupons.find(coupon);
    if (keys == gates.coupons.end()) return false;
    for (const auto& [epoch, users] : keys->second.users) {
      const auto found = users.find(raw(user));
      if (found != users.end() && found->second.sequence == sequence) return true;
    }
    return false;
  };
  std::erase_if(promised, [&](const auto& p) { return !kept(p.first, p.second); });
}

bool small_world::settle() {
  no_watcher nothing;
  for (int i = 0; i < 100; ++i) {
    node n(*this, nothing);
    try {
      worker::queue_mover mover(coupon, n.gate, n.ledger, time, 3);
      if (n.recovery.ensure_ready(coupon).outcome != coordination::recovery_outcome::ready) continue;
      worker::move_report report;
      do {
        report = mover.step();
      } while (report.outcome == worker::move_outcome::moved);
      if (report.outcome == worker::move_outcome::nothing) return true;
    } catch (const store_unavailable&) {
    }
  }
  return false;
}

std::vector<std::string> small_world::broken_now() const {
  std::vector<std::string> broken;
  for (const auto& [id, rows] : ledgers.rows().coupons) {
    const auto& total = rows.row.total_quantity;
    const auto all = static_cast<std::int32_t>(rows.issues.size());
    const auto count =
        static_cast<std::int32_t>(std::count_if(rows.issues.begin(), rows.issues.end(), [](const auto& one) {
          return !one.second.record.date_returned.has_value();
        }));
    if (total && count > *total) broken.push_back("over-issued: " + to_string(count) + " of " + to_string(*total));
    if (count != rows.row.issued_quantity)
      broken.push_back(to_string(count) + " rows, issued_quantity " + to_string(rows.row.issued_quantity));
    if (all != rows.row.sequences())
      broken.push_back(to_string(all) + " rows with the returned, and the coupon counts " +
                       to_string(rows.row.sequences()));
    if (rows.places.size() != rows.issues.size()) broken.push_back("a user has two places");
    for (const auto& [sequence, issue] : rows.issues) {
      if (total && sequence > *rows.row.sequence_limit())
        broken.push_back("sequence " + to_string(sequence) + " is past the total");
      const auto told = promised.find(issue.record.user);
      if (id == coupon && told != promised.end() && told->second != sequence)
        broken.push_back("user " + to_string(raw(issue.record.user)) + " was told " + to_string(told->second) +
                         " and has " + to_string(sequence));
    }
  }
  return broken;
}

std::vector<std::string> small_world::broken_settled() {
  std::vector<std::string> broken = broken_now();
  const sim_coupon_rows& rows = ledgers.of(coupon);
  for (const auto& [user, sequence] : promised)
    if (!rows.places.contains(user))
      broken.push_back("user " + to_string(raw(user)) + " was promised " + to_string(sequence) + " and has nothing");
  if (gates.meta_of(coupon) == nullptr) return broken.push_back("there is no gate"), broken;
  const gate::gate_status gate = gate_status();
  if (!gate.confirmed()) broken.push_back("the gate is not open and confirmed");
  if (gate.config != gate::config_of(rows.row) || gate.lowering)
    broken.push_back("gate and ledger are configured apart");
  if (gate.issued != gate.size) broken.push_back("the gate does not know that all is issued");
  std::map<user_id, sequence_number> in_gate;
  for (const auto& [field, record] : users()) {
    in_gate[user_id{field}] = record.sequence;
    const auto row = rows.issues.find(record.sequence);
    if (row != rows.issues.end() && row->second.record.date_returned.has_value() != record.returned)
      broken.push_back("user " + to_string(field) + " is returned in one of gate and ledger");
  }
  if (!rows.dead_letters.empty()) broken.push_back("a dead letter is open");
  if (in_gate != rows.places) broken.push_back("gate and ledger hold different users");
  return broken;
}

node::node(small_world& world, step_watcher& watcher, std::size_t rows_max)
    : plain_ledger(world.ledgers),
      gate_of_world(world.gates, [&world] { return world.time.now(); }),
      ledger(plain_ledger, watcher),
      gate(gate_of_world, watcher),
      recovery(gate, ledger, world.time, {.users_per_load = rows_max, .rows_per_drain = rows_max}),
      operators(gate, ledger, world.time, recovery) {}

void crash_watcher::crash(const char* step) {
  crashed = true;
  where = step;
  throw store_unavailable(where);
}

void crash_watcher::before(const char* step) {
  if (steps_++ == at_ && when_ == moment::before) crash(step);
}

void crash_watcher::after(const char* step) {
  if (broken.empty()) broken = world_.broken_now();
  if (steps_ - 1 == at_ && when_ == moment::after) crash(step);
}

void intruded_watcher::before(const char* step) {
  if (steps_++ != at_) return;
  intruded = true;
  where = step;
  intruder_();
}

void intruded_watcher::after(const char*) {
  if (broken.empty()) broken = world_.broken_now();
}

}  // namespace firstcome::testing
