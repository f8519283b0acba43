#include "issuing/distributed/coupon_batcher.hpp"

#include <limits>

namespace firstcome::issuing {

namespace {

constexpr int recovery_rounds_max = 3;
/// How long a coupon that does not exist, or a gate that cannot be had, is not asked for again.
constexpr std::chrono::milliseconds no_coupon_remembered{1000};
constexpr std::chrono::milliseconds no_gate_remembered{100};
constexpr std::chrono::milliseconds between_filter_fetches{1000};

}  // namespace

coupon_batcher::coupon_batcher(coupon_id coupon, batcher_context& context)
    : coupon_(coupon),
      context_(context),
      waiting_(std::numeric_limits<std::size_t>::max()),
      estimator_(context.batch_max) {}

// Whoever asks this way keeps the lease alive, too: a crowd that is refused by it sends nobody else.
sold_out_view coupon_batcher::look(user_id user) {
  const monotonic now = context_.clock.coarse_monotonic_now();
  if (sold_out_lease_.wants_renewal(now)) look_after_sold_out_lease(now);
  return sold_out_lease_.view_of(user, now);
}

bool coupon_batcher::issue(issue_call& call) {
  const monotonic now = context_.clock.coarse_monotonic_now();
  if (sold_out_lease_.wants_renewal(now)) look_after_sold_out_lease(now);
  if (refuse_at_once(call, now)) return true;
  if (context_.waiting >= context_.waiting_max || !estimator_.worth_waiting(waiting_.size(), now, call.deadline)) {
    call.answer = errc::overloaded;
    return true;
  }
  waiting_.push(call);
  ++context_.waiting;
  if (state_ == state::idle) send_soon();
  return false;
}

bool coupon_batcher::refuse_at_once(issue_call& call, monotonic now) {
  if (sold_out_lease_.refuses(call.user, now)) {
    call.answer = issue_decision{.what = verdict::sold_out, .record = {}, .window_start = {}};
    return true;
  }
  if (now >= refuse_until_) return false;
  if (no_coupon_)
    call.answer = issue_decision{};  // coupon_not_found
  else
    call.answer = errc::overloaded;
  return true;
}

bool coupon_batcher::withdraw(issue_call& call) {
  if (!waiting_.withdraw(call)) return false;
  --context_.waiting;
  return true;
}

// At the end of the loop's turn, so that whoever else is ready now is in the same batch.
void coupon_batcher::send_soon() {
  state_ = state::due;
  context_.post([this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired() && state_ == state::due) send();
  });
}

void coupon_batcher::send() {
  const monotonic now = context_.clock.monotonic_now();
  take_batch(now);
  if (asked_.empty()) {
    state_ = state::idle;
    return;
  }
  state_ = state::asking;
  asked_at_ = now;
  estimator_.batch_begins(now);
  context_.on_batch(users_.size());
  context_.gate.admit(coupon_, users_, runtime::deadline::after(context_.reply_timeout, now), *this);
}

void coupon_batcher::take_batch(monotonic now) {
  call_list late;
  while (asked_.empty() && !waiting_.empty()) {
    waiting_.take(context_.batch_max, asked_);
    context_.waiting -= asked_.size();
    for (auto call = asked_.begin(); call != asked_.end();) {
      const auto one = call++;
      if (one->deadline.passed(now)) late.splice(late.end(), asked_, one);
    }
  }
  context_.scratch.clear();
  place_of_call_.clear();
  for (const issue_call& call : asked_) place_of_call_.push_back(context_.scratch.add(call.user));
  users_.assign(context_.scratch.users().begin(), context_.scratch.users().end());
  refuse(late, errc::overloaded);
}

void coupon_batcher::on_admission(const admission_answer& said) {
  using enum admission_answer::outcome;
  if (said.what == decided || said.what == unknown)
    estimator_.batch_ends(context_.clock.monotonic_now());
  else
    estimator_.batch_comes_back();
  known_ = known_ || said.what == decided || said.what == gate_closed || said.what == retired;
  switch (said.what) {
    case decided:
      recovery_rounds_ = 0;
      sold_out_lease_.note(said.terms, asked_at_);
      fetch_filter(asked_at_);
      answer(said.decisions);
      return go_on();
    case no_gate:
      return call_recovery(false);
    case gate_closed:
      return call_recovery(true);
    case retired:
      return ask_ledger();
    case not_done:
      refuse(asked_, errc::overloaded);
      return go_on();
    case unknown:
      refuse(asked_, errc::unavailable);
      return go_on();
  }
}

// Who asked twice in one batch hears, the second time, what asking again hears.
void coupon_batcher::answer(std::span<const result<issue_decision>> decisions) {
  heard_.assign(decisions.size(), false);
  auto place = place_of_call_.begin();
  for (issue_call& call : asked_) {
    call.answer = decisions[*place];
    if (heard_[*place] && call.answer && call.answer->what == verdict::admitted)
      call.answer->what = verdict::already_issued;
    heard_[*place++] = true;
  }
  deliver(std::move(asked_), context_.origin_loop);
}

void coupon_batcher::refuse(call_list& calls, errc why) {
  if (calls.empty()) return;
  for (issue_call& call : calls) call.answer = why;
  deliver(std::move(calls), context_.origin_loop);
}

// The gate surely looked at nobody: they go back to the head of the pending queue, where they may still give up.
void coupon_batcher::call_recovery(bool has_gate) {
  context_.waiting += asked_.size();
  waiting_.give_back(asked_);
  if (++recovery_rounds_ > recovery_rounds_max) return on_recovery(recovery_result::failed);
  state_ = state::recovering;
  const auto done = [this, post = context_.post, alive = std::weak_ptr(alive_)](recovery_result outcome) {
    post([this, alive, outcome] {
      if (!alive.expired()) on_recovery(outcome);
    });
  };
  if (has_gate || known_)
    context_.recovery.make_ready(coupon_, done);
  else
    context_.recovery.make_ready_if_known(coupon_, done);
}

void coupon_batcher::on_recovery(recovery_result outcome) {
  state_ = state::idle;
  const monotonic now = context_.clock.monotonic_now();
  switch (outcome) {
    case recovery_result::ready:
      known_ = true;
      return go_on();
    case recovery_result::no_coupon:
      known_ = false;
      no_coupon_ = true;
      refuse_until_ = now + no_coupon_remembered;
      break;
    case recovery_result::failed:
      no_coupon_ = false;
      refuse_until_ = now + no_gate_remembered;
      recovery_rounds_ = 0;
      break;
  }
  call_list all = taken_waiting();
  for (issue_call& call : all) refuse_at_once(call, now);
  if (!all.empty()) deliver(std::move(all), context_.origin_loop);
}

void coupon_batcher::ask_ledger() {
  state_ = state::recovering;
  using decisions = std::vector<result<issue_decision>>;
  const auto done = [this, post = context_.post, alive = std::weak_ptr(alive_)](decisions said) {
    post([this, alive, said = std::move(said)] {
      if (alive.expired()) return;
      said.empty() ? refuse(asked_, errc::overloaded) : answer(said);
      go_on();
    });
  };
  context_.recovery.decide_by_ledger(coupon_, users_, done);
}

void coupon_batcher::go_on() {
  state_ = state::idle;
  if (!waiting_.empty()) send();
}

void coupon_batcher::look_after_sold_out_lease(monotonic now) {
  if (looking_ || state_ == state::asking) return;  // a batch under way brings terms of its own
  looking_ = true;
  looked_at_ = now;
  // Late it grants nothing, and harms nobody.
  context_.gate.look(coupon_, runtime::deadline::after(context_.reply_timeout, now), *this);
}

void coupon_batcher::on_look(const std::optional<lease_terms>& terms) {
  looking_ = false;
  if (!terms) return;  // the lease runs out by itself
  sold_out_lease_.note(*terms, looked_at_);
  fetch_filter(looked_at_);
}

void coupon_batcher::fetch_filter(monotonic now) {
  if (fetching_filter_ || !sold_out_lease_.wants_filter(now) || now < next_filter_fetch_) return;
  fetching_filter_ = true;
  next_filter_fetch_ = now + between_filter_fetches;
  const auto done = [this, post = context_.post, alive = std::weak_ptr(alive_),
                     which = sold_out_lease_.identity()](std::shared_ptr<const admitted_filter> filter) {
    post([this, alive, which, filter = std::move(filter)]() mutable {
      if (alive.expired()) return;
      fetching_filter_ = false;
      if (filter) sold_out_lease_.equip(which, std::move(filter));
    });
  };
  context_.recovery.filter_of(coupon_, sold_out_lease_.identity(), done);
}

call_list coupon_batcher::taken_waiting() {
  call_list all;
  context_.waiting -= waiting_.size();
  waiting_.take(waiting_.size(), all);
  return all;
}

void coupon_batcher::refuse_waiting() {
  call_list all = taken_waiting();
  refuse(all, errc::overloaded);
}

bool coupon_batcher::forgettable(monotonic now) const {
  return idle() && now >= refuse_until_ && !sold_out_lease_.holds(now);
}

}  // namespace firstcome::issuing
