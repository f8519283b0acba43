#include "sim/distributed/sim_channel.hpp"

#include "sim/distributed/planted_gate.hpp"

namespace firstcome::sim {

using gate::gate_answer;
using outcome = issuing::admission_answer::outcome;

/// A batch, or a look when there are no users.
struct sim_channel::call {
  receiver* to;
  issuing::epoch_cache::question question;
  std::vector<user_id> users;
  process::life of_life;
  bool over = false;  // answered

  // The reply.
  gate_answer what = gate_answer::not_understood;
  epoch_number open_epoch = 0;
  issuing::lease_terms terms;
  gate::admit_decisions decisions;
};

sim_channel::sim_channel(context context)
    : context_(std::move(context)),
      gate_(context_.servers.gates, [this] { return first_day + context_.time.now() + context_.servers.redis_ahead; }) {
}

void sim_channel::admit(coupon_id coupon, std::span<const user_id> users, runtime::deadline until, receiver& to) {
  begin(std::make_shared<call>(call{&to, {epochs_, coupon}, {users.begin(), users.end()}, context_.self.now_living()}),
        until);
}

void sim_channel::look(coupon_id coupon, runtime::deadline until, receiver& to) {
  begin(std::make_shared<call>(call{&to, {epochs_, coupon}, {}, context_.self.now_living()}), until);
}

void sim_channel::begin(const shared_call& c, runtime::deadline until) {
  const auto left = std::chrono::duration_cast<microseconds>(until.at() - context_.self.time());
  context_.self.after(left, [this, c] {
    finish(*c, context_.bug == planted::takes_silence_for_no ? outcome::not_done : outcome::unknown);
  });
  send(c);
}

microseconds sim_channel::travel() {
  return context_.way.travel(context_.self.random(), context_.latency);
}

void sim_channel::send(const shared_call& c) {
  const store_server& redis = context_.servers.redis;
  if (!redis.up) {
    context_.self.after(travel(), [this, c] { finish(*c, outcome::not_done); });
    return;
  }
  microseconds on_the_way = travel();
  if (context_.way.loss > 0) {
    if (context_.self.random().chance(context_.way.loss / 3)) return;
    if (context_.self.random().chance(context_.way.loss / 3))
      on_the_way += microseconds(context_.self.random().between(0, late_at_most.count()));
  }
  const instant arrival = std::max(context_.time.now() + on_the_way, redis.stopped_until);
  context_.time.at(arrival, [self = shared_from_this(), c, life = redis.life] { self->arrive(c, life); });
}

/// In Redis, if it still lives the life that it was sent to: nobody may be left who asked.
void sim_channel::arrive(const shared_call& c, std::uint64_t life) {
  const store_server& redis = context_.servers.redis;
  if (!redis.up || redis.life != life) {  // the connection broke
    context_.self.after(c->of_life, travel(), [this, c] { finish(*c, outcome::unknown); });
    return;
  }
  if (redis.stopped_until > context_.time.now()) {
    context_.time.at(redis.stopped_until, [self = shared_from_this(), c, life] { self->arrive(c, life); });
    return;
  }
  decide(*c);
  if (context_.way.loss > 0 && context_.self.random().chance(context_.way.loss / 3)) return;
  context_.self.after(c->of_life, travel(), [this, c] { replied(c); });
}

void sim_channel::decide(call& c) {
  if (c.users.empty()) {
    const gate::look_outcome seen = gate_.look(c.question.coupon(), c.question.epoch());
    c.what = seen.what, c.open_epoch = seen.open_epoch, c.terms = seen.terms;
    return;
  }
  if (context_.servers.redis.refuses) {
    c.what = gate_answer::refused;
    return;
  }
  const gate::admit_outcome said =
      admit_with(context_.bug, context_.servers.gates, gate_, c.question, backlog_max, c.users, c.decisions);
  c.what = said.what, c.open_epoch = said.open_epoch, c.terms = said.terms;
  std::size_t admitted = 0;
  for (const auto& one : c.decisions) admitted += one && one->what == verdict::admitted;
  context_.lines.note(context_.self.name(), "admit: ", c.users.size(), " asked, ", admitted, " let in, answer ",
                      static_cast<int>(c.what));
  if (admitted > 0) context_.on_admitted(c.question.coupon());
}

void sim_channel::replied(const shared_call& c) {
  if (c->over) return;
  if (c->question.retry_with(epochs_, c->what, c->open_epoch)) return send(c);
  if (c->what == gate_answer::decided) context_.clock.note(c->terms.now);
  switch (c->what) {
    case gate_answer::decided:
      return finish(*c, outcome::decided);
    case gate_answer::missing:
      return finish(*c, outcome::no_gate);
    case gate_answer::closed:
      return finish(*c, outcome::gate_closed);
    case gate_answer::retired:
      return finish(*c, outcome::retired);
    case gate_answer::refused:
      return finish(*c, outcome::not_done);
    case gate_answer::not_understood:
      return finish(*c, outcome::unknown);
  }
}

void sim_channel::finish(call& c, outcome what) {
  if (std::exchange(c.over, true)) return;
  if (!c.users.empty())
    c.to->on_admission({.what = what, .decisions = c.decisions, .terms = c.terms});
  else
    c.to->on_look(what == outcome::decided ? std::optional(c.terms) : std::nullopt);
}

}  // namespace firstcome::sim
