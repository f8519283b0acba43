// What scripts/admit.lua and lease.lua do.

#include <algorithm>
#include <set>

#include "support/simulated_gate.hpp"
#include "support/simulated_queue.hpp"

namespace firstcome::testing {

using gate::admit_outcome;
using gate::gate_answer;

namespace {

/// What admit and lease say before they look at users.
admit_outcome beginning(const simulated_redis& redis, coupon_id coupon, epoch_number epoch) {
  const simulated_meta* const meta = redis.meta_of(coupon);
  if (meta == nullptr) return {gate_answer::missing, 0, {}};
  if (meta->state == "retired") return {gate_answer::retired, 0, {}};
  if (meta->epoch == epoch && redis.serves(*meta)) return {gate_answer::decided, 0, {}};
  return {gate_answer::closed, redis.serves(*meta) ? meta->epoch : 0, {}};
}

/// Why nobody new gets in now, whatever the quantity; nothing: the quantity decides.
std::optional<issue_decision> refusal_of(const gate::gate_config& config, timestamp now) {
  if (config.paused) return issue_decision{verdict::paused, {}, {}};
  if (config.window.not_started_at(now)) return issue_decision{verdict::not_started, {}, config.window.start};
  if (config.window.ended_at(now)) return issue_decision{verdict::ended, {}, {}};
  return std::nullopt;
}

gate::lease_terms terms_of(const simulated_redis& redis, const simulated_meta& meta, sequence_number size,
                           timestamp now) {
  const gate::gate_config& config = *meta.config;
  return {.epoch = meta.epoch,
          .config_version = config.config_version,
          .sold_out = !refusal_of(config, now) && size >= config.total_quantity.value_or(quantity_max),
          .change_ahead = meta.announced.value_or(0) > config.config_version,
          .now = now,
          .window_end = config.window.end,
          .lineage = gate::lineage_number(redis.run_id)};
}

issue_decision yes(verdict what, coupon_id coupon, user_id user, const gate::admission_record& record) {
  return {what, {coupon, user, record.sequence, issue_status::accepted, record.admitted_at, std::nullopt}, {}};
}

/// False, and nothing happens: a user stands twice in the batch, or an entry with this id or a later one was there.
bool take_in(simulated_keys& keys, epoch_number epoch, const queue::admissions& batch) {
  if (std::set(batch.users.begin(), batch.users.end()).size() != batch.users.size()) return false;
  const auto before = keys.queues.find(epoch);
  if (before != keys.queues.end() && batch.first <= before->second.last_id) return false;
  simulated_queue& queue = keys.queues[epoch];
  queue.last_id = batch.first;
  queue.entries.push_back({std::to_string(batch.first) + "-0", encode(batch)});
  for (sequence_number place = batch.first; const user_id user : batch.users)
    keys.users[epoch][raw(user)] = {place++, batch.admitted_at};
  return true;
}

}  // namespace

admit_outcome simulated_gate::admit(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max,
                                    std::span<const user_id> users, gate::admit_decisions& decisions) {
  decisions.clear();
  admit_outcome outcome = beginning(redis_, coupon, epoch);
  if (outcome.what != gate_answer::decided) return outcome;
  simulated_keys& keys = redis_.coupons.at(coupon);
  const simulated_meta& meta = *keys.meta;
  const timestamp now = to_whole_milliseconds(now_());
  const sequence_number size = keys.size(epoch);

  std::int64_t room = 0;
  result<issue_decision> refusal = issue_decision{verdict::sold_out, {}, {}};
  if (const auto closed = refusal_of(*meta.config, now)) {
    refusal = *closed;
  } else {
    const std::int64_t total = meta.config->total_quantity.value_or(quantity_max);
    const std::int64_t places = std::max<std::int64_t>(0, total - size);
    const std::int64_t waiting_room = std::max<std::int64_t>(0, backlog_max - (size - meta.issued.value_or(0)));
    room = std::min(places, waiting_room);
    if (waiting_room < places) refusal = errc::overloaded;
  }

  queue::admissions batch{size + 1, now, {}};
  for (const user_id user : users) {
    if (const auto known = keys.record(epoch, user)) {
      decisions.push_back(known->returned ? issue_decision{verdict::returned, {}, {}}
                                          : yes(verdict::already_issued, coupon, user, *known));
    } else if (std::ssize(batch.users) < room) {
      batch.users.push_back(user);
      decisions.push_back(yes(verdict::admitted, coupon, user, {batch.last(), now}));
    } else {
      decisions.push_back(refusal);
    }
  }
  if (!batch.users.empty() && !take_in(keys, epoch, batch)) {
    decisions.clear();
    return {};
  }
  outcome.terms = terms_of(redis_, meta, keys.size(epoch), now);
  return outcome;
}

gate::look_outcome simulated_gate::look(coupon_id coupon, epoch_number epoch) {
  const admit_outcome outcome = beginning(redis_, coupon, epoch);
  if (outcome.what != gate_answer::decided) return {outcome.what, outcome.open_epoch, {}};
  const simulated_keys& keys = redis_.coupons.at(coupon);
  return {outcome.what, 0, terms_of(redis_, *keys.meta, keys.size(epoch), to_whole_milliseconds(now_()))};
}

}  // namespace firstcome::testing
