#include "sim/plain_gate.hpp"

namespace firstcome::testing {

using gate::change_outcome;

namespace {

sequence_number place_of(const queue::log_position& at) {
  return static_cast<sequence_number>(std::stol(at));
}

}  // namespace

std::vector<gate::admitted> plain_gate_store::admit(coupon_id coupon, const std::vector<std::int64_t>& users,
                                                    timestamp now) {
  const auto found = meta.find(coupon);
  if (found == meta.end() || !found->second.status.open || found->second.status.run_id != run_id) return {};
  const gate::gate_status& gate = found->second.status;
  if (gate.config.paused || gate.config.window.not_started_at(now) || gate.config.window.ended_at(now)) return {};
  plain_epoch& epoch = epochs[{coupon, gate.epoch}];
  std::vector<gate::admitted> in;
  queue::admissions entry{static_cast<sequence_number>(epoch.users.size()) + 1, now, {}};
  for (const std::int64_t id : users) {
    const user_id user{id};
    const auto size = static_cast<sequence_number>(epoch.users.size());
    if (epoch.users.contains(user) || (gate.config.total_quantity && size >= *gate.config.total_quantity)) continue;
    in.push_back(epoch.users[user] = {user, size + 1, now});
    entry.users.push_back(user);
  }
  if (!in.empty()) epoch.log[entry.first] = {std::to_string(entry.first) + "-0", entry, ""};
  return in;
}

plain_meta* plain_gate::find_meta(coupon_id coupon) {
  const auto found = store_.meta.find(coupon);
  return found == store_.meta.end() ? nullptr : &found->second;
}

plain_meta* plain_gate::confirmed(coupon_id coupon, epoch_number epoch) {
  plain_meta* meta = find_meta(coupon);
  const bool fits =
      meta != nullptr && meta->status.epoch == epoch && meta->status.open && meta->status.run_id == store_.run_id;
  return fits ? meta : nullptr;
}

sequence_number plain_gate::size_of(coupon_id coupon, epoch_number epoch) const {
  const auto found = store_.epochs.find({coupon, epoch});
  return found == store_.epochs.end() ? 0 : static_cast<sequence_number>(found->second.users.size());
}

std::optional<gate::gate_status> plain_gate::status(coupon_id coupon) {
  const plain_meta* meta = find_meta(coupon);
  if (meta == nullptr) return std::nullopt;
  gate::gate_status status = meta->status;
  status.serving_run_id = store_.run_id;
  status.size = size_of(coupon, status.epoch);
  return status;
}

std::optional<gate::log_view> plain_gate::read_log(coupon_id coupon, const queue::log_position& after,
                                                   std::size_t count_max) {
  const auto seen = status(coupon);
  if (!seen) return std::nullopt;
  gate::log_view view{*seen, {}};
  const auto& log = store_.epochs[{coupon, seen->epoch}].log;
  for (auto it = log.upper_bound(place_of(after)); it != log.end() && view.entries.size() < count_max; ++it)
    view.entries.push_back(it->second);
  return view;
}

std::optional<gate::admitted> plain_gate::find(coupon_id coupon, epoch_number epoch, user_id user) {
  const auto& users = store_.epochs[{coupon, epoch}].users;
  const auto found = users.find(user);
  if (found == users.end()) return std::nullopt;
  return found->second;
}

void plain_gate::each_admitted(coupon_id coupon, epoch_number epoch,
                               const std::function<void(const gate::admitted&)>& each) {
  const auto users = store_.epochs[{coupon, epoch}].users;  // `each` may let others run
  for (const auto& [field, who] : users) each(who);
}

void plain_gate::trim_log(coupon_id coupon, epoch_number epoch, const queue::log_position& upto,
                          sequence_number issued) {
  plain_meta* meta = find_meta(coupon);
  if (meta == nullptr || meta->status.epoch != epoch || meta->status.run_id != store_.run_id) return;
  auto& log = store_.epochs[{coupon, epoch}].log;
  log.erase(log.begin(), log.upper_bound(place_of(upto)));
  meta->status.issued = std::max(meta->status.issued, issued);
}

bool plain_gate::confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                         const gate::gate_config& config) {
  plain_meta* meta = find_meta(coupon);
  if (meta == nullptr || meta->status.epoch != epoch || !meta->status.open || run_id != store_.run_id) return false;
  meta->status.run_id = run_id;
  if (config.config_version > meta->status.config.config_version) {
    meta->status.config = config;
    meta->status.lowering = false;
  }
  return true;
}

std::optional<gate::fenced> plain_gate::fence(coupon_id coupon, epoch_number epoch) {
  const plain_meta* before = find_meta(coupon);
  if (before != nullptr && before->status.epoch >= epoch) return std::nullopt;
  plain_meta& meta = store_.meta[coupon];
  if (meta.status.open) meta.source = meta.status.epoch;
  meta.status.epoch = epoch;
  meta.status.open = meta.status.retired = false;
  return gate::fenced{store_.run_id, meta.source};
}

bool plain_gate::load(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                      std::span<const gate::admitted> users) {
  const plain_meta* meta = find_meta(coupon);
  if (meta == nullptr || meta->status.epoch != epoch || meta->status.open || run_id != store_.run_id) return false;
  for (const gate::admitted& who : users) {
    const user_id field = raw(who.user) > 0 ? who.user : user_id{-who.sequence};
    store_.epochs[{coupon, epoch}].users[field] = who;
  }
  return true;
}

bool plain_gate::open(coupon_id coupon, epoch_number epoch, const std::string& run_id, const gate::gate_config& config,
                      sequence_number size) {
  plain_meta* meta = find_meta(coupon);
  if (meta == nullptr || meta->status.epoch != epoch || meta->status.open || run_id != store_.run_id) return false;
  if (size_of(coupon, epoch) != size) return false;
  *meta = {};
  meta->status.epoch = epoch;
  meta->status.open = true;
  meta->status.run_id = run_id;
  meta->status.config = config;
  meta->status.issued = size;
  return true;
}

void plain_gate::drop(coupon_id coupon, epoch_number epoch) {
  const plain_meta* meta = find_meta(coupon);
  if (meta != nullptr && (meta->status.epoch == epoch || meta->source == epoch)) return;
  store_.epochs.erase({coupon, epoch});
}

bool plain_gate::retire(coupon_id coupon, epoch_number epoch) {
  plain_meta* meta = confirmed(coupon, epoch);
  if (meta == nullptr || !store_.epochs[{coupon, epoch}].log.empty()) return false;
  meta->status.open = false;
  meta->status.retired = true;
  store_.epochs.erase({coupon, epoch});
  return true;
}

change_outcome plain_gate::announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  plain_meta* meta = confirmed(coupon, epoch);
  if (meta == nullptr) return change_outcome::not_this_gate;
  if (config_version <= meta->status.config.config_version) return change_outcome::not_newer;
  meta->announced = std::max(meta->announced, config_version);
  return change_outcome::done;
}

change_outcome plain_gate::lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                                 std::int32_t total_quantity) {
  plain_meta* meta = confirmed(coupon, epoch);
  if (meta == nullptr) return change_outcome::not_this_gate;
  gate::gate_config& config = meta->status.config;
  if (config.config_version != config_version || meta->status.lowering) return change_outcome::not_newer;
  if (config.total_quantity && total_quantity > *config.total_quantity) return change_outcome::not_newer;
  if (size_of(coupon, epoch) > total_quantity) return change_outcome::below_admitted;
  config.total_quantity = total_quantity;
  meta->status.lowering = true;
  return change_outcome::done;
}

change_outcome plain_gate::configure(coupon_id coupon, epoch_number epoch, const gate::gate_config& config) {
  plain_meta* meta = confirmed(coupon, epoch);
  if (meta == nullptr) return change_outcome::not_this_gate;
  if (config.config_version <= meta->status.config.config_version) return change_outcome::not_newer;
  if (config.total_quantity && size_of(coupon, epoch) > *config.total_quantity) return change_outcome::below_admitted;
  meta->status.config = config;
  meta->status.lowering = false;
  return change_outcome::done;
}

}  // namespace firstcome::testing
