#pragma once

// The clients of one history: they ask, lose patience, ask again after silence and after "overloaded", and some of them
// after an answer too. What they sent and heard is written down for the judge.
//
// A message between a client and a node takes time; while messages get lost, one may also come twice.

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "auditor/auditor.hpp"
#include "sim/engine/timeline.hpp"
#include "sim/engine/trace.hpp"
#include "sim/history/plan.hpp"

namespace firstcome::sim {

struct heard {
  auditor::outcome what = auditor::outcome::unknown;
  std::int32_t sequence = 0;  // of a yes
};

class crowd {
 public:
  using reply = std::function<void(heard)>;
  /// Hands a request to node `node`, which calls `answer` later, or never. Silence is an answer too.
  using front = std::function<void(int node, int user, reply answer)>;

  crowd(timeline& time, trace& lines, const plan& p, front nodes);

  /// As the plan says.
  void ask(const item& one);
  void lose_messages(double chance) { loss_ = chance; }
  /// Whoever does not know yet asks once more, until an answer comes.
  void ask_until_known();
  /// A user who gave one back asks for it again, as a late retry does.
  void ask_again(int user);
  /// So many who never asked before.
  void send_strangers(int count);
  /// Nobody waits for anything.
  bool content() const { return waiting_ == 0; }

  const std::vector<auditor::request>& history() const { return history_; }
  /// A yes was heard: its user, and when that user had asked.
  std::function<void(int user, std::int32_t sequence, instant asked_at)> on_yes = [](int, std::int32_t, instant) {};

 private:
  struct attempt;
  void send(std::shared_ptr<attempt> a, int node);
  void deliver(const std::shared_ptr<attempt>& a, int node);
  void send_unheard(const attempt& a, int node);
  void hear(const std::shared_ptr<attempt>& a, heard answer);
  void go_on(const attempt& a, auditor::outcome what);
  std::string name_of_user(int user) const {
    return "user " + std::to_string(user) + (coupon_ == 0 ? "" : " (coupon " + std::to_string(coupon_) + ")");
  }
  microseconds way() { return microseconds(random_.between(latency_.count() / 2, latency_.count() * 2)); }

  timeline& time_;
  trace& lines_;
  const front nodes_;
  const int coupon_;  // of the history
  const microseconds latency_;
  const microseconds pause_;
  const double insistence_;
  random_source random_;
  double loss_ = 0;
  int waiting_ = 0;
  bool insists_ = false;
  std::map<int, auditor::outcome> last_heard_;
  std::vector<auditor::request> history_;
};

/// A client waits so long: longer than any node takes to answer.
inline constexpr microseconds clients_patience = 4s;

}  // namespace firstcome::sim
