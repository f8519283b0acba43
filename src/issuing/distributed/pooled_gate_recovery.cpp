#include "issuing/distributed/pooled_gate_recovery.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>

#include "coordination/sleeping_clock.hpp"

namespace firstcome::issuing {

namespace {

constexpr int recovery_attempts_max = 3;
/// Any number of calls wait for one piece of work here, and each leaves at its own deadline.
constexpr runtime::deadline for_everybody = runtime::deadline::never();
constexpr std::chrono::milliseconds between_care_attempts{50};

std::uint64_t random_seed() {
  std::random_device source;
  return (static_cast<std::uint64_t>(source()) << 32) | source();
}

void log_failure(const char* what, std::exception_ptr why) {
  try {
    std::rethrow_exception(why);
  } catch (const std::exception& e) {
    spdlog::warn("{}: {}", what, e.what());
  }
}

result<issue_decision> decision_of(stores& use, coupon_id coupon, user_id user) {
  const result<issue_record> found = use.ledger->find_issue(coupon, user);
  if (found && found->date_returned) return issue_decision{.what = verdict::returned, .record = {}, .window_start = {}};
  if (found) return issue_decision{.what = verdict::already_issued, .record = *found, .window_start = {}};
  if (found.error() != errc::issue_not_found) return found.error();
  return issue_decision{.what = verdict::ended, .record = {}, .window_start = {}};
}

/// A retired gate speaks only of the coupon as it was: one that was opened again is to get a gate first.
bool is_over(stores& use, coupon_id id) {
  const result<coupon> row = use.ledger->find_coupon(id);
  if (!row) return true;
  const std::optional<gate::gate_status> status = use.gate->status(id);
  return status && status->retired && status->epoch == row->epoch &&
         status->config.config_version == row->config_version;
}

/// The gate stands as the filter is to describe it: nobody can get in.
bool sold_out_at(const std::optional<gate::gate_status>& status, const gate::gate_identity& which) {
  const auto is = [](const gate::gate_status& s) {
    return gate::gate_identity{s.epoch, s.config.config_version, gate::lineage_number(s.run_id)};
  };
  return status && status->confirmed() && is(*status) == which && status->config.total_quantity &&
         status->size >= *status->config.total_quantity;
}

}  // namespace

pooled_gate_recovery::pooled_gate_recovery(store_executor& pool, store_executor& strangers, const gate_clock& clock,
                                           report on_recovery)
    : pooled_gate_recovery(
          pool, strangers, [&clock] { return std::make_unique<coordination::machine_sleeping_clock>(clock); },
          random_seed(), std::move(on_recovery)) {}

pooled_gate_recovery::pooled_gate_recovery(store_executor& pool, store_executor& strangers,
                                           sleeping_clock_source make_sleeping_clock, std::uint64_t filter_seed,
                                           report on_recovery)
    : pool_(pool),
      strangers_(strangers),
      make_sleeping_clock_(std::move(make_sleeping_clock)),
      on_care_(std::move(on_recovery)),
      filter_seed_(filter_seed) {}

void pooled_gate_recovery::make_ready(coupon_id coupon, std::function<void(recovery_result)> done) {
  {
    const std::lock_guard locked(lock_);
    auto& those = waiting_[raw(coupon)];
    those.push_back(std::move(done));
    if (those.size() > 1) return;
  }
  const bool taken = pool_.run([this, coupon](stores& use) { notify_waiters(coupon, recover(use, coupon)); },
                               [this, coupon](std::exception_ptr why) {
                                 log_failure("a gate could not be made ready", why);
                                 notify_waiters(coupon, recovery_result::failed);
                               },
                               for_everybody);
  if (!taken) notify_waiters(coupon, recovery_result::failed);
}

/// Whether there is such a coupon is asked elsewhere: while a thousand strangers wait for their no, coupons are cared
/// for as if there were none.
void pooled_gate_recovery::make_ready_if_known(coupon_id coupon, std::function<void(recovery_result)> done) {
  const auto work = [this, coupon, done](stores& use) {
    if (!use.ledger->cursor_of(coupon)) return done(recovery_result::no_coupon);
    make_ready(coupon, done);
  };
  const auto failed = [done](std::exception_ptr why) {
    log_failure("the ledger could not be asked for a coupon", why);
    done(recovery_result::failed);
  };
  if (!strangers_.run(work, failed, for_everybody)) done(recovery_result::failed);
}

recovery_result pooled_gate_recovery::recover(stores& use, coupon_id coupon) {
  const std::unique_ptr<coordination::sleeping_clock> time = make_sleeping_clock_();
  coordination::recovery recovery(*use.gate, *use.ledger, *time, {.watch = watch_});
  for (int attempt = 0; attempt < recovery_attempts_max; ++attempt) {
    const coordination::recovery_report report = recovery.ensure_ready(coupon);
    on_care_(coupon, report);
    switch (report.outcome) {
      case coordination::recovery_outcome::ready:
      case coordination::recovery_outcome::confirmed:
      case coordination::recovery_outcome::rebuilt:
        return recovery_result::ready;
      case coordination::recovery_outcome::no_coupon:
        return recovery_result::no_coupon;
      case coordination::recovery_outcome::alarm:
        return recovery_result::failed;
      case coordination::recovery_outcome::watching:
      case coordination::recovery_outcome::busy:
        time->sleep(time->jittered(between_care_attempts));
    }
  }
  return recovery_result::failed;
}

void pooled_gate_recovery::notify_waiters(coupon_id coupon, recovery_result how) {
  std::vector<std::function<void(recovery_result)>> those;
  {
    const std::lock_guard locked(lock_);
    const auto found = waiting_.find(raw(coupon));
    those = std::move(found->second);
    waiting_.erase(found);
  }
  for (const auto& done : those) done(how);
}

void pooled_gate_recovery::decide_by_ledger(coupon_id coupon, std::vector<user_id> users,
                                            std::function<void(std::vector<result<issue_decision>>)> done) {
  const auto work = [this, coupon, users = std::move(users), done](stores& use) {
    std::vector<result<issue_decision>> decisions;
    if (!is_over(use, coupon)) {
      recover(use, coupon);
      return done({});
    }
    for (const user_id user : users) decisions.push_back(decision_of(use, coupon, user));
    done(std::move(decisions));
  };
  const auto failed = [done](std::exception_ptr why) {
    log_failure("the ledger could not be asked", why);
    done({});
  };
  if (!pool_.run(work, failed, for_everybody)) done({});
}

void pooled_gate_recovery::filter_of(coupon_id coupon, gate::gate_identity which,
                                     std::function<void(std::shared_ptr<const admitted_filter>)> done) {
  {
    const std::lock_guard locked(lock_);
    for (filter_reading& one : filters_)
      if (one.coupon == coupon && one.which == which) return one.those.push_back(std::move(done));
    filters_.push_back({coupon, which, {std::move(done)}});
  }
  const auto work = [=, this](stores& use) {
    const std::optional<gate::gate_status> before = use.gate->status(coupon);
    if (!sold_out_at(before, which)) return hand_out(coupon, which, nullptr);
    auto filter = std::make_shared<admitted_filter>(static_cast<std::size_t>(before->size), filter_seed_);
    use.gate->each_admitted(coupon, which.epoch, [&](const gate::admitted& one) { filter->add(one.user); });
    // Nobody got in meanwhile if it still stands as before: whoever did would be missing here.
    const bool still = sold_out_at(use.gate->status(coupon), which);
    hand_out(coupon, which, still ? std::move(filter) : nullptr);
  };
  const auto failed = [=, this](std::exception_ptr why) {
    log_failure("the admitted of a sold-out coupon could not be read", why);
    hand_out(coupon, which, nullptr);
  };
  if (!pool_.run(work, failed, for_everybody)) hand_out(coupon, which, nullptr);
}

/// Who asks while it is being handed out begins a reading of its own.
void pooled_gate_recovery::hand_out(coupon_id coupon, const gate::gate_identity& which,
                                    std::shared_ptr<const admitted_filter> filter) {
  std::vector<std::function<void(std::shared_ptr<const admitted_filter>)>> those;
  {
    const std::lock_guard locked(lock_);
    const auto found = std::ranges::find_if(
        filters_, [&](const filter_reading& one) { return one.coupon == coupon && one.which == which; });
    those = std::move(found->those);
    filters_.erase(found);
  }
  for (const auto& done : those) done(filter);
}

}  // namespace firstcome::issuing
