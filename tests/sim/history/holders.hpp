#pragma once

// Whoever does something with an issue: users who return or look up, tills that use and undo. They send it again after
// silence, "unavailable" and "overloaded", as the contract asks of them. What they sent and heard is written down for
// the judge. Messages get lost and come twice as the crowd's do.

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "auditor/auditor.hpp"
#include "sim/engine/timeline.hpp"
#include "sim/engine/trace.hpp"
#include "sim/history/plan.hpp"

namespace firstcome::sim {

struct life_call {
  int user = 0;
  auditor::step_kind kind{};
  std::int32_t order = 0;
};

struct life_answer {
  auditor::step_outcome what = auditor::step_outcome::unknown;
  auditor::issue_state seen{};  // by a look
};

class holders {
 public:
  using reply = std::function<void(life_answer)>;
  using front = std::function<void(int node, const life_call& call, reply answer)>;

  holders(timeline& time, trace& lines, const plan& p, front nodes);

  /// As the plan says.
  void act(const item& one);
  void lose_messages(double chance) { loss_ = chance; }
  /// From now on whoever does not know asks until an answer comes.
  void act_until_known();
  bool content() const { return waiting_ == 0; }

  const std::vector<auditor::life_step>& history() const { return history_; }
  /// A user heard that the issue is returned.
  std::function<void(int user)> on_returned = [](int) {};

 private:
  struct attempt;
  void send(std::shared_ptr<attempt> a, int node);
  void deliver(const std::shared_ptr<attempt>& a, int node);
  void send_unheard(const life_call& call, int node);
  void hear(const std::shared_ptr<attempt>& a, life_answer answer);
  auditor::life_step sent(const life_call& call) const;
  std::string name_of_user(int user) const {
    return "user " + std::to_string(user) + (coupon_ == 0 ? "" : " (coupon " + std::to_string(coupon_) + ")");
  }
  microseconds way() { return microseconds(random_.between(latency_.count() / 2, latency_.count() * 2)); }
  int any_node() { return static_cast<int>(random_.between(0, api_nodes - 1)); }

  timeline& time_;
  trace& lines_;
  const front nodes_;
  const int coupon_;  // of the history
  const microseconds latency_;
  random_source random_;
  double loss_ = 0;
  int waiting_ = 0;
  bool insists_ = false;
  std::vector<life_call> in_doubt_;  // who gave up asking
  std::vector<auditor::life_step> history_;
};

}  // namespace firstcome::sim
