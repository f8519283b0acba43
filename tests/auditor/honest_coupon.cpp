#include "auditor/honest_coupon.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <utility>

namespace firstcome::auditor {
namespace {

constexpr instant_ns horizon = 3'000;
constexpr instant_ns delay_max = 150;
constexpr instant_ns settles_after = 500;
constexpr instant_ns lease = 100;
constexpr instant_ns skew_max = 50;

enum class step_kind : std::uint8_t { loss, quantity, announced_quantity, pause, clock, ask };

struct step {
  instant_ns at;
  step_kind kind;  // at the same instant what changes the gate comes first
  std::size_t index;

  friend bool operator>(const step& a, const step& b) {
    return a.at != b.at ? a.at > b.at : a.kind != b.kind ? a.kind > b.kind : a.index > b.index;
  }
};

class honest_coupon {
 public:
  honest_coupon(std::uint32_t seed, const disturbances& with) : random_(seed), disturbances_(with) {}

  scene play() {
    open();
    for (int i = 0; i < disturbances_.silences; ++i) plan_silence();
    for (int i = 0; i < disturbances_.requests; ++i) plan_request();
    for (int i = 0; i < disturbances_.losses; ++i) plan_loss();
    for (int i = 0; i < disturbances_.quantity_changes; ++i) plan_quantity_change();
    for (int i = 0; i < disturbances_.pauses; ++i) plan_pause();
    for (int i = 0; i < disturbances_.window_changes; ++i) plan_window_change();
    while (!steps_.empty()) {
      const step next = steps_.top();
      steps_.pop();
      now_ = next.at;
      take(next);
      drained_ = up_to(drained_, in_.size());
    }
    close();
    return std::move(scene_);
  }

 private:
  template <typename T>
  T up_to(T from, T to) {
    return std::uniform_int_distribution<T>(from, to)(random_);
  }
  bool one_in(int n) { return up_to(1, n) == 1; }
  instant_ns delay() { return one_in(4) ? 0 : up_to<instant_ns>(0, delay_max); }
  instant_ns moment() { return up_to<instant_ns>(0, horizon); }

  void open() {
    assumptions& given = scene_.given;
    given.unknown_settles_after_ns = settles_after;
    given.sold_out_lease_ns = lease;
    given.answer_within_ns = 2 * delay_max;
    given.silences.emplace();
    total_ = disturbances_.quantity == 0 ? never : disturbances_.quantity;
    if (disturbances_.quantity > 0) given.first_total = disturbances_.quantity;
    set_clock();
    given.window = issue_window{.start = start_, .end = end_, .slack_ns = skew_max};
  }

  void set_clock() {
    skew_ = up_to(-skew_max, skew_max);
    if (scene_.given.window && disturbances_.window_changes == 0) return;  // the window itself stays
    start_ = one_in(2) ? -1'000 : up_to<instant_ns>(0, horizon / 2);
    end_ = one_in(2) ? 10 * horizon : up_to(start_ + 1, horizon);
  }

  void plan_request() {
    request q{.user = up_to(1, disturbances_.users), .invoked_at = moment(), .answered_at = 0};
    const instant_ns effect_at = q.invoked_at + delay();
    q.answered_at = effect_at + delay();
    const std::size_t index = scene_.history.size();
    if (one_in(10)) {
      q.what = outcome::overloaded;
    } else if (one_in(6)) {  // given up: carried out before, afterwards, or never
      q.answered_at = one_in(2) ? waits_in_vain(q.invoked_at) : q.invoked_at + delay();
      const instant_ns settled_at = std::max(q.answered_at, q.invoked_at + settles_after);
      if (one_in(2)) steps_.push({up_to(q.invoked_at, settled_at), step_kind::ask, index});
    } else {
      q.what = outcome::yes;  // or what will be heard
      steps_.push({effect_at, step_kind::ask, index});
    }
    scene_.history.push_back(q);
  }

  std::vector<disturbance>& silences() { return *scene_.given.silences; }
  void plan_silence() {
    const instant_ns from = moment();
    silences().push_back({from, from + delay()});
  }
  /// In one of the silences, if there are any, and perhaps for long after it.
  instant_ns waits_in_vain(instant_ns& invoked_at) {
    if (silences().empty()) return invoked_at + delay();
    const auto& [from, to] = silences()[up_to<std::size_t>(0, silences().size() - 1)];
    invoked_at = std::max<instant_ns>(0, up_to(from - 2 * delay_max, to));
    return std::max(from, invoked_at) + up_to<instant_ns>(0, 5 * delay_max);
  }

  void plan_loss() {
    const instant_ns at = moment();
    scene_.given.gate_lost_at.push_back(one_in(2) ? loss(at) : loss(at - delay(), at + delay()));
    steps_.push({at, step_kind::loss, 0});
  }

  /// One in four is never answered, and of those one in two never done.
  template <typename Change>
  void plan_change(std::vector<Change>& changes, Change change, step_kind kind) {
    change.invoked_at = moment();
    const bool answered = !one_in(4);
    const instant_ns effect_at = change.invoked_at + (answered ? delay() : moment());
    if (answered) change.answered_at = effect_at + delay();
    if (answered || one_in(2)) steps_.push({effect_at, kind, changes.size()});
    changes.push_back(change);
  }
  void plan_quantity_change() {
    quantity_change change;
    if (!one_in(5)) change.total = up_to(0, 2 * disturbances_.quantity + 5);
    plan_change(scene_.given.quantity_changes, change, step_kind::announced_quantity);
  }
  void plan_pause() { plan_change(scene_.given.pauses, pause_change{.paused = !one_in(3)}, step_kind::pause); }
  void plan_window_change() { plan_change(scene_.given.window_changes, window_change{}, step_kind::clock); }

  void take(const step& s) {
    switch (s.kind) {
      case step_kind::loss:
        return lose();
      case step_kind::announced_quantity:
        return announce(s.index);
      case step_kind::quantity:
        return change_quantity(s.index);
      case step_kind::pause:
        paused_ = scene_.given.pauses[s.index].paused;
        return;
      case step_kind::clock:
        return set_clock();
      case step_kind::ask: {
        request& q = scene_.history[s.index];
        const bool given_up = q.what == outcome::unknown;
        const outcome said = says_by_heart(q.user) ? outcome::sold_out : decide(q);
        if (!given_up) q.what = said;
        if (q.what != outcome::yes) q.sequence = 0;
        return;
      }
    }
  }

  /// What has reached the ledger stays, and as much of the rest as the surviving copy has.
  void lose() {
    const std::size_t kept = up_to(drained_, in_.size());
    for (std::size_t i = kept; i < in_.size(); ++i) {
      place_.erase(in_[i]);
      ever_lost_.insert(in_[i]);
    }
    in_.resize(kept);
    drained_ = kept;
    set_clock();
  }

  /// From now on no lease is granted, and the change waits for the last one.
  void announce(std::size_t index) {
    ++announced_;
    quantity_change& change = scene_.given.quantity_changes[index];
    if (one_in(3)) change.total = static_cast<std::int32_t>(in_.size()) + up_to(0, 2);  // before somebody gets in
    const instant_ns at = std::max(now_, lease_until_) + up_to<instant_ns>(0, 20);
    if (change.answered_at != never) change.answered_at = std::max(change.answered_at, at + delay());
    steps_.push({at, step_kind::quantity, index});
  }
  void change_quantity(std::size_t index) {
    --announced_;
    quantity_change& change = scene_.given.quantity_changes[index];
    const std::int64_t total = change.total ? *change.total : never;
    if (total < static_cast<std::int64_t>(in_.size()))
      refused_changes_.insert(index);
    else
      total_ = total;
  }

  bool says_by_heart(std::int64_t user) { return now_ < lease_until_ && !lease_knows_.contains(user) && !one_in(3); }

  outcome decide(request& q) {
    if (const auto found = place_.find(q.user); found != place_.end()) {
      q.sequence = found->second;
      return outcome::yes;
    }
    const instant_ns by_the_gate = now_ + skew_;
    if (paused_) return outcome::paused;
    if (by_the_gate < start_) return outcome::not_started;
    if (by_the_gate >= end_) return outcome::ended;
    if (static_cast<std::int64_t>(in_.size()) >= total_) {
      grant_lease(end_ - by_the_gate);
      return outcome::sold_out;
    }
    in_.push_back(q.user);
    q.sequence = place_[q.user] = static_cast<std::int32_t>(in_.size());
    return outcome::yes;
  }

  void grant_lease(instant_ns until_end) {
    if (announced_ > 0) return;
    lease_until_ = now_ + std::min(lease, until_end);
    lease_knows_ = std::set<std::int64_t>(in_.begin(), in_.end());
  }

  void close() {
    books& final_books = scene_.final_books;
    if (total_ != never) final_books.total_quantity = static_cast<std::int32_t>(total_);
    for (const auto& [user, sequence] : place_) {
      final_books.rows.push_back({user, sequence});
      if (one_in(20)) ++final_books.open_dead_letters;
      if (!ever_lost_.contains(user) && one_in(2)) scene_.given.survivors.push_back(user);
    }
    final_books.issued_quantity = static_cast<std::int64_t>(final_books.rows.size()) - final_books.open_dead_letters;
    auto& changes = scene_.given.quantity_changes;
    for (auto refused = refused_changes_.rbegin(); refused != refused_changes_.rend(); ++refused)
      if (changes[*refused].answered_at != never)
        changes.erase(changes.begin() + static_cast<std::ptrdiff_t>(*refused));
    std::shuffle(scene_.history.begin(), scene_.history.end(), random_);
  }

  std::mt19937 random_;
  const disturbances disturbances_;
  scene scene_;
  std::priority_queue<step, std::vector<step>, std::greater<>> steps_;
  instant_ns now_ = 0;
  std::vector<std::int64_t> in_;  // the k-th to get in has sequence k
  std::map<std::int64_t, std::int32_t> place_;
  std::set<std::int64_t> ever_lost_;
  std::size_t drained_ = 0;
  std::int64_t total_ = 0;
  bool paused_ = false;
  instant_ns start_ = 0;
  instant_ns end_ = 0;
  instant_ns skew_ = 0;
  int announced_ = 0;
  instant_ns lease_until_ = 0;
  std::set<std::int64_t> lease_knows_;
  std::set<std::size_t> refused_changes_;
};

}  // namespace

scene honest_scene(std::uint32_t seed, const disturbances& with) {
  return honest_coupon(seed, with).play();
}

}  // namespace firstcome::auditor
