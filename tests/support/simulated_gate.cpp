#include "support/simulated_gate.hpp"

#include <algorithm>

#include "support/simulated_queue.hpp"

namespace firstcome::testing {

using gate::change_outcome;

namespace {

/// The meta of this coupon when it is open and confirmed in this epoch.
simulated_meta* confirmed(simulated_redis& redis, coupon_id coupon, epoch_number epoch) {
  const auto keys = redis.coupons.find(coupon);
  if (keys == redis.coupons.end() || !keys->second.meta) return nullptr;
  simulated_meta& meta = *keys->second.meta;
  return meta.epoch == epoch && redis.serves(meta) ? &meta : nullptr;
}

simulated_meta* in_state(simulated_redis& redis, coupon_id coupon, epoch_number epoch, const char* state) {
  const auto keys = redis.coupons.find(coupon);
  if (keys == redis.coupons.end() || !keys->second.meta) return nullptr;
  simulated_meta& meta = *keys->second.meta;
  return meta.epoch == epoch && meta.state == state ? &meta : nullptr;
}

void unlink_epoch(simulated_keys& keys, epoch_number epoch) {
  keys.users.erase(epoch);
  keys.queues.erase(epoch);
}

}  // namespace

sequence_number simulated_keys::size(epoch_number epoch) const {
  const auto found = users.find(epoch);
  return found == users.end() ? 0 : static_cast<sequence_number>(found->second.size());
}

std::optional<gate::admission_record> simulated_keys::record(epoch_number epoch, user_id user) const {
  const auto in = users.find(epoch);
  if (in == users.end()) return std::nullopt;
  const auto found = in->second.find(raw(user));
  return found == in->second.end() ? std::nullopt : std::optional(found->second);
}

const simulated_meta* simulated_redis::meta_of(coupon_id coupon) const {
  const auto keys = coupons.find(coupon);
  return keys == coupons.end() || !keys->second.meta ? nullptr : &*keys->second.meta;
}

std::optional<gate::gate_status> simulated_gate::status(coupon_id coupon) {
  const auto keys = redis_.coupons.find(coupon);
  if (keys == redis_.coupons.end() || !keys->second.meta) return std::nullopt;
  const simulated_meta& meta = *keys->second.meta;
  gate::gate_status status;
  status.epoch = meta.epoch;
  status.open = meta.state == "open";
  status.retired = meta.state == "retired";
  status.lowering = meta.lowering;
  status.run_id = meta.run_id.value_or("");
  status.serving_run_id = redis_.run_id;
  status.config = meta.config.value_or(gate::gate_config{0, 0, {}, false, 0});
  status.issued = meta.issued.value_or(0);
  status.size = keys->second.size(meta.epoch);
  return status;
}

std::optional<gate::queue_view> simulated_gate::read_queue(coupon_id coupon, const queue::queue_position& after,
                                                           std::size_t count_max) {
  const auto now = status(coupon);
  if (!now) return std::nullopt;
  gate::queue_view view{*now, {}};
  const simulated_keys& keys = redis_.coupons.at(coupon);
  const auto queue = keys.queues.find(now->epoch);
  if (queue == keys.queues.end()) return view;
  for (const auto& [at, fields] : queue->second.entries) {
    if (view.entries.size() == count_max) break;
    if (compare(at, after) > 0) view.entries.push_back(queue::decode(at, fields));
  }
  return view;
}

std::optional<gate::admitted> simulated_gate::find(coupon_id coupon, epoch_number epoch, user_id user) {
  const auto keys = redis_.coupons.find(coupon);
  const auto found = keys == redis_.coupons.end() ? std::nullopt : keys->second.record(epoch, user);
  if (!found) return std::nullopt;
  return gate::admitted{user, found->sequence, found->admitted_at, found->returned};
}

void simulated_gate::each_admitted(coupon_id coupon, epoch_number epoch,
                                   const std::function<void(const gate::admitted&)>& each) {
  const auto scan = [&] {
    const auto keys = redis_.coupons.find(coupon);
    if (keys == redis_.coupons.end()) return;
    const auto users = keys->second.users.find(epoch);
    if (users == keys->second.users.end()) return;
    for (const auto& [field, record] : users->second)
      each({user_id{std::max<std::int64_t>(field, 0)}, record.sequence, record.admitted_at, record.returned});
  };
  scan();
  if (amid_scan && amid_scan()) scan();
}

void simulated_gate::trim_queue(coupon_id coupon, epoch_number epoch, const queue::queue_position& upto,
                                sequence_number issued) {
  simulated_meta* const meta = confirmed(redis_, coupon, epoch);
  if (meta == nullptr) return;
  auto& queues = redis_.coupons.at(coupon).queues;
  if (const auto queue = queues.find(epoch); queue != queues.end())
    std::erase_if(queue->second.entries, [&](const auto& one) { return compare(one.at, upto) <= 0; });
  if (issued > meta->issued.value_or(0)) meta->issued = issued;
}

bool simulated_gate::confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                             const gate::gate_config& config) {
  simulated_meta* const meta = in_state(redis_, coupon, epoch, "open");
  if (meta == nullptr || run_id != redis_.run_id) return false;
  meta->run_id = run_id;
  if (config.config_version > meta->config->config_version) {
    meta->config = config;
    meta->lowering = false;
  }
  return true;
}

std::optional<gate::fenced> simulated_gate::fence(coupon_id coupon, epoch_number epoch) {
  if (const simulated_meta* const now = redis_.meta_of(coupon); now != nullptr && now->epoch >= epoch)
    return std::nullopt;
  auto& meta = redis_.coupons[coupon].meta;
  if (!meta) meta.emplace();
  if (meta->state == "open") meta->source = meta->epoch;
  if (meta->state == "retired") meta->retired = meta->epoch;
  if (!meta->source) meta->source = 0;
  meta->epoch = epoch;
  meta->state = "closed";
  return gate::fenced{redis_.run_id, *meta->source, meta->retired.value_or(0)};
}

bool simulated_gate::load(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                          std::span<const gate::admitted> users) {
  if (in_state(redis_, coupon, epoch, "closed") == nullptr || run_id != redis_.run_id) return false;
  for (const gate::admitted& one : users) {
    const std::int64_t field = raw(one.user) > 0 ? raw(one.user) : -std::int64_t{one.sequence};
    redis_.coupons.at(coupon).users[epoch][field] = {one.sequence, to_whole_milliseconds(one.admitted_at),
                                                     one.returned};
  }
  return true;
}

bool simulated_gate::open(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                          const gate::gate_config& config, sequence_number size) {
  simulated_meta* const meta = in_state(redis_, coupon, epoch, "closed");
  if (meta == nullptr || run_id != redis_.run_id) return false;
  const simulated_keys& keys = redis_.coupons.at(coupon);
  if (keys.size(epoch) != size || keys.queues.contains(epoch)) return false;
  *meta = {.epoch = epoch,
           .state = "open",
           .run_id = run_id,
           .config = config,
           .announced = {},
           .issued = size,
           .source = {},
           .retired = {},
           .lowering = false};
  return true;
}

void simulated_gate::drop(coupon_id coupon, epoch_number epoch) {
  const auto keys = redis_.coupons.find(coupon);
  if (keys == redis_.coupons.end()) return;
  const auto& meta = keys->second.meta;
  if (!meta || (meta->epoch != epoch && meta->source != epoch)) unlink_epoch(keys->second, epoch);
}

bool simulated_gate::retire(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  simulated_meta* const meta = confirmed(redis_, coupon, epoch);
  if (meta == nullptr || meta->config->config_version != config_version || meta->lowering) return false;
  simulated_keys& keys = redis_.coupons.at(coupon);
  const auto queue = keys.queues.find(epoch);
  if (queue != keys.queues.end() && !queue->second.entries.empty()) return false;
  meta->state = "retired";
  unlink_epoch(keys, epoch);
  redis_.on_retired(coupon);
  return true;
}

change_outcome simulated_gate::announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  simulated_meta* const meta = confirmed(redis_, coupon, epoch);
  if (meta == nullptr) return change_outcome::not_this_gate;
  if (config_version <= meta->config->config_version) return change_outcome::not_newer;
  meta->announced = std::max(config_version, meta->announced.value_or(0));
  return change_outcome::done;
}

change_outcome simulated_gate::lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                                     std::int32_t total_quantity) {
  simulated_meta* const meta = confirmed(redis_, coupon, epoch);
  if (meta == nullptr) return change_outcome::not_this_gate;
  if (meta->config->config_version != config_version || meta->lowering) return change_outcome::not_newer;
  if (total_quantity > meta->config->total_quantity.value_or(quantity_max)) return change_outcome::not_newer;
  if (redis_.coupons.at(coupon).size(epoch) > total_quantity) return change_outcome::below_admitted;
  meta->config->total_quantity = total_quantity;
  meta->lowering = true;
  meta->announced = std::max(config_version + 1, meta->announced.value_or(0));
  return change_outcome::done;
}

change_outcome simulated_gate::mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) {
  if (in_state(redis_, coupon, epoch, "open") == nullptr) return change_outcome::not_this_gate;
  auto& admitted = redis_.coupons.at(coupon).users[epoch];
  change_outcome outcome = change_outcome::done;
  for (const user_id user : users) {
    const auto record = admitted.find(raw(user));
    if (record == admitted.end())
      outcome = change_outcome::not_newer;
    else
      record->second.returned = true;
  }
  return outcome;
}

change_outcome simulated_gate::configure(coupon_id coupon, epoch_number epoch, const gate::gate_config& config) {
  simulated_meta* const meta = confirmed(redis_, coupon, epoch);
  if (meta == nullptr) return change_outcome::not_this_gate;
  if (config.config_version <= meta->config->config_version) return change_outcome::not_newer;
  if (redis_.coupons.at(coupon).size(epoch) > config.total_quantity.value_or(quantity_max))
    return change_outcome::below_admitted;
  meta->config = config;
  meta->lowering = false;
  return change_outcome::done;
}

}  // namespace firstcome::testing
