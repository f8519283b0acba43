#include "sim/history/holders.hpp"

#include <utility>

#include "sim/history/crowd.hpp"

namespace firstcome::sim {

using auditor::step_kind;
using auditor::step_outcome;

/// One call on its way.
struct holders::attempt {
  life_call call;
  int tries_left;
  std::size_t number = 0;  // in the history
  bool over = false;
};

namespace {

step_kind kind_of(event what) {
  switch (what) {
    case event::use:
      return step_kind::use;
    case event::undo_use:
      return step_kind::undo_use;
    case event::give_back:
      return step_kind::give_back;
    default:
      return step_kind::look;
  }
}

std::string text_of(const life_call& call) {
  constexpr const char* kinds[] = {"uses", "undoes the use", "returns", "looks up"};
  std::string text = kinds[static_cast<int>(call.kind)];
  return call.order == 0 ? text : text + ", order " + std::to_string(call.order);
}

const char* name_of(const life_answer& answer) {
  constexpr const char* heard[] = {"yes",      "already used", "used by another", "returned",
                                   "no issue", "overloaded",   "unknown"};
  return heard[static_cast<int>(answer.what)];
}

}  // namespace

holders::holders(timeline& time, trace& lines, const plan& p, front nodes)
    : time_(time),
      lines_(lines),
      nodes_(std::move(nodes)),
      coupon_(p.number),
      latency_(p.latency),
      random_(random_source(p.seed).fork("holders")) {}

void holders::act(const item& one) {
  const life_call call{one.who, kind_of(one.what), static_cast<std::int32_t>(one.amount)};
  send(std::make_shared<attempt>(attempt{.call = call, .tries_left = 2}), one.where);
}

auditor::life_step holders::sent(const life_call& call) const {
  return {.user = call.user,
          .kind = call.kind,
          .order = call.order,
          .invoked_at = nanoseconds(time_.now()),
          .answered_at = nanoseconds(time_.now() + clients_patience)};
}

void holders::send(std::shared_ptr<attempt> a, int node) {
  ++waiting_;
  a->number = history_.size();
  history_.push_back(sent(a->call));
  lines_.note(name_of_user(a->call.user), text_of(a->call), ", at api-", node + 1);
  time_.after(clients_patience, [this, a] { hear(a, {}); });
  const bool twice = random_.chance(loss_ / 2);
  if (!random_.chance(loss_)) deliver(a, node);
  if (twice) send_unheard(a->call, node);
}

/// Whatever comes of it, the client hears nothing of it.
void holders::send_unheard(const life_call& call, int node) {
  history_.push_back(sent(call));
  time_.after(way(), [this, call, node] { nodes_(node, call, [](life_answer) {}); });
}

void holders::deliver(const std::shared_ptr<attempt>& a, int node) {
  time_.after(way(), [this, a, node] {
    nodes_(node, a->call, [this, a](life_answer answer) {
      if (!random_.chance(loss_)) time_.after(way(), [this, a, answer] { hear(a, answer); });
    });
  });
}

void holders::hear(const std::shared_ptr<attempt>& a, life_answer answer) {
  if (std::exchange(a->over, true)) return;
  --waiting_;
  auditor::life_step& step = history_[a->number];
  step.answered_at = nanoseconds(time_.now());
  step.what = answer.what;
  step.seen = answer.seen;
  lines_.note(name_of_user(a->call.user), text_of(a->call), ": hears ", name_of(answer));
  const bool knows = answer.what != step_outcome::unknown && answer.what != step_outcome::overloaded;
  if (knows && a->call.kind == step_kind::give_back && answer.what == step_outcome::done) on_returned(a->call.user);
  if (knows || (a->call.kind == step_kind::look && !insists_)) return;
  if (a->tries_left == 0 && !insists_) return in_doubt_.push_back(a->call);
  ++waiting_;
  const auto again = std::make_shared<attempt>(attempt{.call = a->call, .tries_left = a->tries_left - 1});
  time_.after(100ms + microseconds(random_.between(0, 900'000)), [this, again] {
    --waiting_;
    send(again, any_node());
  });
}

void holders::act_until_known() {
  insists_ = true;
  for (const life_call& call : std::exchange(in_doubt_, {}))
    send(std::make_shared<attempt>(attempt{.call = call, .tries_left = 0}), any_node());
}

}  // namespace firstcome::sim
