#include "sim/distributed/planted_gate.hpp"

namespace firstcome::sim {
namespace {

using testing::simulated_gate;
using testing::simulated_redis;

/// As if so many more coupons were there.
class other_total {
 public:
  other_total(simulated_redis& redis, coupon_id coupon, std::int32_t more) {
    const auto keys = redis.coupons.find(coupon);
    if (keys == redis.coupons.end() || !keys->second.meta || !keys->second.meta->config) return;
    auto& total = keys->second.meta->config->total_quantity;
    if (!total) return;
    total_ = &*total;
    before_ = *total_;
    *total_ += more;
  }
  ~other_total() {
    if (total_ != nullptr) *total_ = before_;
  }

 private:
  std::int32_t* total_ = nullptr;
  std::int32_t before_ = 0;
};

/// They are strangers again, and their places stay taken.
void forget(simulated_redis& redis, coupon_id coupon, epoch_number epoch, std::span<const user_id> users) {
  const auto keys = redis.coupons.find(coupon);
  if (keys == redis.coupons.end()) return;
  const auto of_epoch = keys->second.users.find(epoch);
  if (of_epoch == keys->second.users.end()) return;
  for (const user_id user : users) {
    const auto found = of_epoch->second.find(raw(user));
    if (found == of_epoch->second.end()) continue;
    const gate::admission_record record = found->second;
    of_epoch->second.erase(found);
    of_epoch->second[-std::int64_t{record.sequence}] = record;
  }
}

}  // namespace

std::optional<gate::gate_status> planted_gate::status(coupon_id coupon) {
  auto seen = simulated_gate::status(coupon);
  if (seen && looks_up && bug_ == planted::asks_for_an_open_gate) seen->retired = false;
  return seen;
}

gate::change_outcome planted_gate::announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  if (bug_ == planted::returns_without_a_word) return gate::change_outcome::done;
  return simulated_gate::announce(coupon, epoch, config_version);
}

gate::change_outcome planted_gate::mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) {
  if (bug_ == planted::forgets_who_returned) forget(all_, coupon, epoch, users);
  if (bug_ == planted::forgets_who_returned) return gate::change_outcome::done;
  return simulated_gate::mark_returned(coupon, epoch, users);
}

gate::admit_outcome admit_with(planted bug, simulated_redis& redis, simulated_gate& gate,
                               const issuing::epoch_cache::question& to, std::int64_t backlog_max,
                               std::span<const user_id> users, gate::admit_decisions& decisions) {
  const issue_decision sold_out{verdict::sold_out, {}, {}};
  const auto admit = [&](std::span<const user_id> those) {
    return gate.admit(to.coupon(), to.epoch(), backlog_max, those, decisions);
  };
  switch (bug) {
    case planted::counts_one_too_few: {
      const other_total more(redis, to.coupon(), 1);
      return admit(users);
    }
    case planted::keeps_one_back: {
      const other_total less(redis, to.coupon(), -1);
      return admit(users);
    }
    case planted::forgets_who_was_in:
      forget(redis, to.coupon(), to.epoch(), users);
      return admit(users);
    case planted::checks_quantity_first: {
      const gate::admit_outcome said = admit(users);
      for (auto& one : decisions)
        if (said.terms.sold_out && one && one->what == verdict::already_issued) one = sold_out;
      return said;
    }
    case planted::says_sold_out_too_soon: {
      if (users.size() < 2) return admit(users);
      const gate::admit_outcome said = admit(users.subspan(1));
      if (said.what == gate::gate_answer::decided) decisions.insert(decisions.begin(), sold_out);
      return said;
    }
    case planted::closed_to_whoever_is_new: {
      const testing::simulated_meta* const meta = redis.meta_of(to.coupon());
      if (meta != nullptr && meta->state == "retired" && meta->epoch != to.epoch())
        return {gate::gate_answer::closed, 0, {}};
      return admit(users);
    }
    default:
      return admit(users);
  }
}

}  // namespace firstcome::sim
