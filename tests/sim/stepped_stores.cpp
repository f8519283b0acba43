#include "sim/stepped_stores.hpp"

namespace firstcome::testing {
namespace {

/// One step: what happens in `call` happens at once.
template <class Call>
auto step(step_watcher& watcher, const char* name, Call call) {
  watcher.before(name);
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    watcher.after(name);
  } else {
    auto answer = call();
    watcher.after(name);
    return answer;
  }
}

/// One that changes something. `call` refers to nothing of the caller's: it may come when the caller is gone.
template <class Call>
auto changing_step(step_watcher& watcher, const char* name, Call call) {
  if (watcher.overtakes(name)) watcher.later(name, [call] { call(); });
  return step(watcher, name, call);
}

class stepped_lock final : public ledger::coupon_lock {
 public:
  stepped_lock(std::unique_ptr<ledger::coupon_lock> inner, step_watcher& watcher)
      : inner_(std::move(inner)), watcher_(watcher) {}
  ~stepped_lock() override {
    if (!committed_) watcher_.let_go(std::move(inner_));
  }

  const ledger::queue_cursor& cursor() const override { return inner_->cursor(); }
  const coupon& row() const override { return inner_->row(); }
  void store(const coupon& changed, timestamp now, const actor& by) override {
    step(watcher_, "lock.store", [&] { inner_->store(changed, now, by); });
  }
  result<issue_record> take_step(user_id user, const issue_step& what, timestamp now, const actor& by) override {
    return step(watcher_, "lock.take_step", [&] { return inner_->take_step(user, what, now, by); });
  }
  void set_cursor(const ledger::queue_cursor& to) override {
    step(watcher_, "lock.set_cursor", [&] { inner_->set_cursor(to); });
  }
  void note(const operator_action& action) override {
    step(watcher_, "lock.note", [&] { inner_->note(action); });
  }
  void recount() override {
    step(watcher_, "lock.recount", [&] { inner_->recount(); });
  }
  ledger::append_outcome append(std::span<const ledger::new_issue> rows, std::span<const dead_letter> dead) override {
    return step(watcher_, "lock.append", [&] { return inner_->append(rows, dead); });
  }
  void commit() override {
    changing_step(watcher_, "lock.commit", [inner = inner_] { inner->commit(); });
    committed_ = true;
  }

 private:
  std::shared_ptr<ledger::coupon_lock> inner_;
  step_watcher& watcher_;
  bool committed_ = false;
};

}  // namespace

std::optional<gate::gate_status> stepped_gate::status(coupon_id coupon) {
  return step(watcher_, "gate.status", [&] { return inner_.status(coupon); });
}

std::optional<gate::queue_view> stepped_gate::read_queue(coupon_id coupon, const queue::queue_position& after,
                                                         std::size_t count_max) {
  return step(watcher_, "gate.read_queue", [&] { return inner_.read_queue(coupon, after, count_max); });
}

std::optional<gate::admitted> stepped_gate::find(coupon_id coupon, epoch_number epoch, user_id user) {
  return step(watcher_, "gate.find", [&] { return inner_.find(coupon, epoch, user); });
}

void stepped_gate::each_admitted(coupon_id coupon, epoch_number epoch,
                                 const std::function<void(const gate::admitted&)>& each) {
  step(watcher_, "gate.each_admitted", [&] { inner_.each_admitted(coupon, epoch, each); });
}

void stepped_gate::trim_queue(coupon_id coupon, epoch_number epoch, const queue::queue_position& upto,
                              sequence_number issued) {
  changing_step(watcher_, "gate.trim_queue", [=, this] { inner_.trim_queue(coupon, epoch, upto, issued); });
}

bool stepped_gate::confirm(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                           const gate::gate_config& config) {
  return changing_step(watcher_, "gate.confirm", [=, this] { return inner_.confirm(coupon, epoch, run_id, config); });
}

std::optional<gate::fenced> stepped_gate::fence(coupon_id coupon, epoch_number epoch) {
  return changing_step(watcher_, "gate.fence", [=, this] { return inner_.fence(coupon, epoch); });
}

bool stepped_gate::load(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                        std::span<const gate::admitted> users) {
  return changing_step(watcher_, "gate.load", [=, this, all = std::vector(users.begin(), users.end())] {
    return inner_.load(coupon, epoch, run_id, all);
  });
}

bool stepped_gate::open(coupon_id coupon, epoch_number epoch, const std::string& run_id,
                        const gate::gate_config& config, sequence_number size) {
  return changing_step(watcher_, "gate.open", [=, this] { return inner_.open(coupon, epoch, run_id, config, size); });
}

void stepped_gate::drop(coupon_id coupon, epoch_number epoch) {
  changing_step(watcher_, "gate.drop", [=, this] { inner_.drop(coupon, epoch); });
}

bool stepped_gate::retire(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  return changing_step(watcher_, "gate.retire", [=, this] { return inner_.retire(coupon, epoch, config_version); });
}

gate::change_outcome stepped_gate::announce(coupon_id coupon, epoch_number epoch, std::int64_t config_version) {
  return changing_step(watcher_, "gate.announce", [=, this] { return inner_.announce(coupon, epoch, config_version); });
}

gate::change_outcome stepped_gate::lower(coupon_id coupon, epoch_number epoch, std::int64_t config_version,
                                         std::int32_t total_quantity) {
  return changing_step(watcher_, "gate.lower",
                       [=, this] { return inner_.lower(coupon, epoch, config_version, total_quantity); });
}

gate::change_outcome stepped_gate::mark_returned(coupon_id coupon, epoch_number epoch, std::span<const user_id> users) {
  return changing_step(watcher_, "gate.mark_returned",
                       [=, this] { return inner_.mark_returned(coupon, epoch, users); });
}

gate::change_outcome stepped_gate::configure(coupon_id coupon, epoch_number epoch, const gate::gate_config& config) {
  return changing_step(watcher_, "gate.configure", [=, this] { return inner_.configure(coupon, epoch, config); });
}

result<coupon> stepped_ledger::create(const coupon_draft& draft, timestamp now, const actor& by,
                                      const std::optional<idempotency_key>& key) {
  return changing_step(watcher_, "ledger.create", [=, this] { return inner_.create(draft, now, by, key); });
}

result<coupon> stepped_ledger::find_coupon(coupon_id id) {
  return step(watcher_, "ledger.find_coupon", [&] { return inner_.find_coupon(id); });
}

result<issue_record> stepped_ledger::find_issue(coupon_id coupon, user_id user) {
  return step(watcher_, "ledger.find_issue", [&] { return inner_.find_issue(coupon, user); });
}

result<issue_record> stepped_ledger::take_step(coupon_id coupon, user_id user, const issue_step& what, timestamp now,
                                               const actor& by) {
  return changing_step(watcher_, "ledger.take_step",
                       [=, this] { return inner_.take_step(coupon, user, what, now, by); });
}

std::optional<ledger::queue_cursor> stepped_ledger::cursor_of(coupon_id coupon) {
  return step(watcher_, "ledger.cursor_of", [&] { return inner_.cursor_of(coupon); });
}

std::vector<coupon_id> stepped_ledger::coupons_ending_after(timestamp ended_after) {
  return step(watcher_, "ledger.coupons_ending_after", [&] { return inner_.coupons_ending_after(ended_after); });
}

std::vector<ledger::coupon_standing> stepped_ledger::standings(ledger::standing_range range, timestamp at,
                                                               coupon_id after, int limit) {
  return step(watcher_, "ledger.standings", [&] { return inner_.standings(range, at, after, limit); });
}

ledger::append_outcome stepped_ledger::append(coupon_id coupon, const ledger::append_batch& batch) {
  return changing_step(watcher_, "ledger.append", [=, this] { return inner_.append(coupon, batch); });
}

ledger::append_outcome stepped_ledger::probe(coupon_id coupon, std::span<const ledger::new_issue> rows) {
  return step(watcher_, "ledger.probe", [&] { return inner_.probe(coupon, rows); });
}

result<std::unique_ptr<ledger::coupon_lock>> stepped_ledger::lock(coupon_id coupon, runtime::deadline wait_until) {
  auto lock = step(watcher_, "ledger.lock", [&] { return inner_.lock(coupon, wait_until); });
  if (!lock) return lock;
  return std::unique_ptr<ledger::coupon_lock>(std::make_unique<stepped_lock>(*std::move(lock), watcher_));
}

void stepped_ledger::each_admitted(coupon_id coupon, const std::function<void(const issue_record&)>& each) {
  step(watcher_, "ledger.each_admitted", [&] { inner_.each_admitted(coupon, each); });
}

std::vector<dead_letter> stepped_ledger::dead_letters(std::optional<coupon_id> coupon, std::int64_t after_id,
                                                      int limit) {
  return step(watcher_, "ledger.dead_letters", [&] { return inner_.dead_letters(coupon, after_id, limit); });
}

ledger::append_outcome stepped_ledger::give_up(coupon_id coupon, sequence_number place, const std::string& why,
                                               timestamp now) {
  return changing_step(watcher_, "ledger.give_up", [=, this] { return inner_.give_up(coupon, place, why, now); });
}

ledger::append_outcome stepped_ledger::replay(std::int64_t dead_letter_id, std::optional<user_id> user, const actor& by,
                                              timestamp now) {
  return changing_step(watcher_, "ledger.replay", [=, this] { return inner_.replay(dead_letter_id, user, by, now); });
}

result<coupon_page> stepped_ledger::coupons(std::optional<coupon_id> after, int limit) {
  return step(watcher_, "ledger.coupons", [&] { return inner_.coupons(after, limit); });
}

result<coupon_issue_page> stepped_ledger::issues_of_coupon(coupon_id id, sequence_number after, int limit) {
  return step(watcher_, "ledger.issues_of_coupon", [&] { return inner_.issues_of_coupon(id, after, limit); });
}

result<user_issue_page> stepped_ledger::issues_of_user(user_id user, std::optional<user_issue_position> after,
                                                       int limit) {
  return step(watcher_, "ledger.issues_of_user", [&] { return inner_.issues_of_user(user, after, limit); });
}

result<operator_action_page> stepped_ledger::actions(std::optional<coupon_id> coupon,
                                                     std::optional<std::int64_t> before, int limit) {
  return step(watcher_, "ledger.actions", [&] { return inner_.actions(coupon, before, limit); });
}

}  // namespace firstcome::testing
