#include "redis/call_table.hpp"

#include "redis/error_reply.hpp"

namespace firstcome::redis {
namespace {

using namespace std::chrono_literals;
using kind = call_action::kind;

constexpr auto retry_interval = 10ms;  // TRYAGAIN: until the slot's keys have moved
constexpr int redirections_max = 5;
constexpr auto errors_said_every = 10s;

}  // namespace

call_table::call_table(options with, std::uint32_t seed)
    : options_(std::move(with)),
      nodes_({options_.at, options_.wanted, options_.connect_timeout, seed},
             [this](const node_address& node) { return is_awaited(node); }) {}

void call_table::start(monotonic at) {
  stopped_ = ticking_ = false;
  tick(at);
}

void call_table::stop() {
  stopped_ = true;
  for (std::size_t n = 0; n < nodes_.size(); ++n) carry_out(n, nodes_[n].close("this node stops"));
  for (const auto& each : calls_)
    if (each->now == async_call::state::waiting) end(*each, kind::not_executed, "this node stops");
}

const call_action* call_table::next_action() {
  if (next_action_ < actions_.size()) return &actions_[next_action_++];
  actions_.clear();
  next_action_ = 0;
  return nullptr;
}

// ---- calls

void call_table::ask(const script& what, texts keys, texts args, runtime::deadline until, completion& to) {
  async_call* const call = admitted(keys.empty() ? std::string_view() : keys.front(), until, to);
  if (call == nullptr) return;
  call->request.fill(what, keys, args);
  dispatch(*call);
}

void call_table::ask(std::string_view key, texts words, runtime::deadline until, completion& to) {
  async_call* const call = admitted(key, until, to);
  if (call == nullptr) return;
  call->request.fill(words);
  dispatch(*call);
}

async_call* call_table::admitted(std::string_view key, runtime::deadline until, completion& to) {
  if (under_way() >= options_.calls_max)
    refuse_soon(to, "too many calls are under way");
  else if (until.passed(now_))
    refuse_soon(to, "no time was left to ask");
  else {
    async_call& call = record();
    call.what_for = async_call::purpose::callers;
    call.to = &to;
    call.slot = options_.at.cluster ? slot_of(key) : 0;
    call.until = until;
    return &call;
  }
  return nullptr;
}

async_call& call_table::record() {
  if (free_.empty()) {
    calls_.push_back(std::make_unique<async_call>());
    free_.push_back(calls_.back().get());
  }
  async_call& call = *free_.back();
  free_.pop_back();
  call.completed = false;
  call.redirections = 0;
  call.elsewhere.reset();
  call.asking = false;
  under_way_.store(under_way() + 1, std::memory_order_relaxed);
  return call;
}

void call_table::dispatch(async_call& call) {
  if (place(call)) return tick_soon();
  not_taken(call);
}

/// True: it is on its way.
bool call_table::place(async_call& call) {
  const std::size_t node = route(call);
  if (stopped_ || node == node_table::nobody || !nodes_[node].ready()) return false;
  call.now = async_call::state::under_way;
  call.node = node;
  call.number = nodes_[node].take();
  act({.what = kind::send, .node = node, .call = &call});
  return true;
}

std::size_t call_table::route(const async_call& call) {
  if (call.what_for == async_call::purpose::map) return map_node_;
  return call.elsewhere ? nodes_.find(*call.elsewhere) : nodes_.owner(call.slot);
}

/// It surely did not leave. The caller may be on the stack, so he hears it later.
void call_table::not_taken(async_call& call) {
  constexpr const char* why = "no connection to the master";
  if (call.what_for == async_call::purpose::callers && !std::exchange(call.completed, true)) refuse_soon(*call.to, why);
  end(call, kind::not_executed, why);
}

void call_table::wait(async_call& call, monotonic retry_at) {
  call.now = async_call::state::waiting;
  call.retry_at = retry_at;
  tick_soon();
}

void call_table::refuse_soon(completion& to, const char* why) {
  refused_.emplace_back(&to, why);
  if (refused_.size() == 1) act({.what = kind::end_turn});
}

void call_table::turn_ended() {
  for (const auto& [to, why] : refused_) act({.what = kind::not_executed, .to = to, .text = why});
  refused_.clear();
}

/// Says the outcome, if nobody has said it yet.
void call_table::complete(async_call& call, kind outcome, std::string_view why, reply_view answer) {
  if (std::exchange(call.completed, true)) return;
  if (call.what_for == async_call::purpose::callers)
    return act({.what = outcome, .to = call.to, .text = why, .answer = answer});
  asked_for_the_map_ = false;
  if (outcome == kind::replied) return map_came(call.node, answer);
  map_failed(why);
}

void call_table::end(async_call& call, kind outcome, std::string_view why) {
  complete(call, outcome, why);
  release(call);
}

void call_table::release(async_call& call) {
  call.now = async_call::state::free;
  free_.push_back(&call);
  under_way_.store(under_way() - 1, std::memory_order_relaxed);
}

void call_table::answered(async_call& call, reply_view answer) {
  if (answer.is_error() && !call.completed) return take_error(call, answer.text());
  complete(call, kind::replied, {}, answer);
  release(call);
}

// ---- errors

void call_table::take_error(async_call& call, std::string_view error) {
  const error_kind what = kind_of(error);
  switch (what) {
    case error_kind::moved:
    case error_kind::ask:
      if (options_.at.cluster && ++call.redirections <= redirections_max)
        return follow(call, error, what == error_kind::moved);
      break;
    case error_kind::try_again:
      return wait(call, now_ + retry_interval);
    case error_kind::no_script:
      if (!nodes_[call.node].ready() || !call.request.send_in_full()) break;
      call.number = nodes_[call.node].take();
      return act({.what = kind::send, .node = call.node, .call = &call});
    case error_kind::read_only:
      broken(call.node, "has become a replica");
      break;
    case error_kind::cluster_down:
      nodes_.doubt();
      break;
    case error_kind::loading:
    case error_kind::master_down:
    case error_kind::refused:
      break;
    case error_kind::perhaps_executed:
      say_refused(call, error);
      return end(call, kind::unknown, error);
  }
  say_refused(call, error);
  end(call, kind::not_executed, error);
}

void call_table::follow(async_call& call, std::string_view error, bool for_good) {
  const auto redirection = redirection_of(error, nodes_[call.node].node());
  if (!redirection || nodes_.find(redirection->to) == node_table::nobody) return end(call, kind::not_executed, error);
  if (for_good) nodes_.moved(redirection->slot, redirection->to);
  call.asking = !for_good;
  call.elsewhere = redirection->to;
  if (!place(call)) wait(call, now_);
}

/// What Redis says and nobody else will: its memory or its disk is full, a right is missing, a script failed.
void call_table::say_refused(const async_call& call, std::string_view error) {
  if (now_ < say_refused_at_) return;
  say_refused_at_ = now_ + errors_said_every;
  act({.what = kind::say_refused, .node = call.node, .text = error});
}

// ---- time

void call_table::tick_soon() {
  if (ticking_ || stopped_) return;
  ticking_ = true;
  act({.what = kind::tick_soon});
}

void call_table::tick(monotonic at) {
  ticking_ = false;
  if (stopped_) return;
  now_ = at;
  for (std::size_t n = 0; n < nodes_.size(); ++n)
    carry_out(n, nodes_[n].tick(at, nodes_[n].now() != node_link::state::down || nodes_.is_wanted(n)));
  nodes_.forget_a_silent_cluster(at);
  ask_for_the_map(at);
  for (const auto& each : calls_) tick_call(*each, at);
  note_connected();
  if (under_way() > 0 || !connected()) tick_soon();
}

void call_table::tick_call(async_call& call, monotonic at) {
  if (call.now == async_call::state::free) return;
  const bool waits = call.now == async_call::state::waiting;
  if (call.until.passed(at)) {
    if (waits) return end(call, kind::not_executed, "no time was left to try again");
    complete(call, kind::unknown, "no answer by the deadline");
  } else if (waits && call.retry_at <= at) {
    place(call);
  }
  if (call.now == async_call::state::under_way && call.until.passed(at - options_.stall_max))
    broken(call.node, "does not answer any more");
}

}  // namespace firstcome::redis
