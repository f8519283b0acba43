#include "sim/history/crowd.hpp"

namespace firstcome::sim {

using auditor::outcome;

/// One request on its way.
struct crowd::attempt {
  int user;
  int tries_left;
  instant sent_at{};
  std::size_t number = 0;  // of the request in the history
  bool over = false;
};

crowd::crowd(timeline& time, trace& lines, const plan& p, front nodes)
    : time_(time),
      lines_(lines),
      nodes_(std::move(nodes)),
      coupon_(p.number),
      latency_(p.latency),
      pause_(p.clients_pause),
      insistence_(p.clients_insist),
      random_(random_source(p.seed).fork("crowd")) {}

void crowd::ask(const item& one) {
  send(std::make_shared<attempt>(attempt{.user = one.who, .tries_left = 3}), one.where);
}

void crowd::send(std::shared_ptr<attempt> a, int node) {
  ++waiting_;
  a->over = false;
  a->sent_at = time_.now();
  a->number = history_.size();
  history_.push_back({.user = a->user,
                      .invoked_at = nanoseconds(a->sent_at),
                      .answered_at = nanoseconds(a->sent_at + clients_patience)});
  lines_.note(name_of_user(a->user), "asks api-", node + 1);
  time_.after(clients_patience, [this, a] { hear(a, {}); });
  const bool twice = random_.chance(loss_ / 2);
  if (!random_.chance(loss_)) deliver(a, node);
  if (twice) send_unheard(*a, node);
}

/// As somebody in between who asks again by himself: whatever comes of it, the client hears nothing of it.
void crowd::send_unheard(const attempt& a, int node) {
  history_.push_back({.user = a.user,
                      .invoked_at = nanoseconds(time_.now()),
                      .answered_at = nanoseconds(time_.now() + clients_patience)});
  time_.after(way(), [this, user = a.user, node] { nodes_(node, user, [](heard) {}); });
}

void crowd::deliver(const std::shared_ptr<attempt>& a, int node) {
  time_.after(way(), [this, a, node] {
    nodes_(node, a->user, [this, a](heard answer) {
      if (!random_.chance(loss_)) time_.after(way(), [this, a, answer] { hear(a, answer); });
    });
  });
}

void crowd::hear(const std::shared_ptr<attempt>& a, heard answer) {
  if (a->over) return;
  a->over = true;
  --waiting_;
  auditor::request& request = history_[a->number];
  request.answered_at = nanoseconds(time_.now());
  request.what = answer.what;
  request.sequence = answer.sequence;
  lines_.note(name_of_user(a->user), "hears ", name_of(answer.what), " ", answer.sequence);
  last_heard_[a->user] = answer.what;
  if (answer.what == outcome::yes) on_yes(a->user, answer.sequence, a->sent_at);
  go_on(*a, answer.what);
}

void crowd::go_on(const attempt& a, outcome what) {
  if (what == outcome::overloaded && !insists_ && random_.chance(0.3)) {  // walks away: surely without a coupon
    last_heard_.erase(a.user);
    return;
  }
  const bool knows = what != outcome::unknown && what != outcome::overloaded;
  if (knows ? insists_ || !random_.chance(insistence_) : a.tries_left == 0 && !insists_) return;
  const microseconds pause =
      knows ? microseconds(random_.between(0, pause_.count())) : 100ms + microseconds(random_.between(0, 900'000));
  ++waiting_;
  const auto again = std::make_shared<attempt>(attempt{.user = a.user, .tries_left = a.tries_left - 1});
  time_.after(pause, [this, again] {
    --waiting_;
    send(again, static_cast<int>(random_.between(0, api_nodes - 1)));
  });
}

void crowd::ask_again(int user) {
  if (!random_.chance(0.6)) return;
  ++waiting_;
  time_.after(microseconds(random_.between(0, 300'000)), [this, user] {
    --waiting_;
    send(std::make_shared<attempt>(attempt{.user = user, .tries_left = 1}),
         static_cast<int>(random_.between(0, api_nodes - 1)));
  });
}

void crowd::send_strangers(int count) {
  constexpr int first_stranger = 31;  // the others end at 24
  for (int n = 0; n < count; ++n)
    send(std::make_shared<attempt>(attempt{.user = first_stranger + n, .tries_left = 1}), n % api_nodes);
}

void crowd::ask_until_known() {
  insists_ = true;
  for (const auto& [user, what] : last_heard_)
    if (what == outcome::unknown || what == outcome::overloaded)
      send(std::make_shared<attempt>(attempt{.user = user, .tries_left = 0}),
           static_cast<int>(random_.between(0, api_nodes - 1)));
}

}  // namespace firstcome::sim
