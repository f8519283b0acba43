#include "sim/history/plan.hpp"

#include <algorithm>
#include <array>

namespace firstcome::sim {
namespace {

class planner {
 public:
  planner(sim::shape shape, std::uint64_t seed)
      : random_(random_source(seed).fork("plan")),
        life_(random_source(seed).fork("life")),
        age_(random_source(seed).fork("age")),
        cluster_(random_source(seed).fork("cluster")),
        beside_(random_source(seed).fork("beside")) {
    made_.seed = seed;
    made_.shape = shape;
  }

  plan make() {
    describe_coupon();
    add_crowd();
    if (random_.chance(0.4)) add_operators();
    if (life_.chance(0.5)) add_life();
    if (distributed() && age_.chance(0.25)) add_years();
    made_.two_writers = distributed() && cluster_.chance(0.25);
    if (distributed() && beside_.chance(0.25)) add_others();
    if (random_.chance(0.9)) add_faults();
    for (item& one : made_.items)
      if (one.what == event::spoil) one.coupon = static_cast<int>(beside_.between(0, made_.coupons() - 1));
    if (made_.retention) std::erase_if(made_.items, [](const item& one) { return never_after_the_event(one.what); });
    std::stable_sort(made_.items.begin(), made_.items.end(), [](const item& a, const item& b) { return a.at < b.at; });
    for (std::size_t i = 0; i < made_.items.size(); ++i) made_.items[i].number = static_cast<int>(i);
    return std::move(made_);
  }

 private:
  /// It is years in truth, and no clock is wrong by years.
  static bool never_after_the_event(event what) { return what == event::clock || what == event::redis_clock; }
  bool distributed() const { return made_.shape == shape::distributed; }
  microseconds upto(microseconds most) { return microseconds(random_.between(0, most.count())); }
  int process() { return distributed() ? static_cast<int>(random_.between(0, api_nodes + worker_nodes - 1)) : 0; }
  int node() { return distributed() ? static_cast<int>(random_.between(0, api_nodes - 1)) : 0; }

  void describe_coupon() {
    horizon_ = random_.chance(0.6) ? 200ms + upto(2s) : 2s + upto(6s);
    users_ = static_cast<int>(random_.between(2, 24));
    if (random_.chance(0.92))
      made_.total_quantity = static_cast<std::int32_t>(random_.between(1, random_.chance(0.8) ? users_ : 30));
    made_.window_start = random_.chance(0.3) ? upto(horizon_ / 3) : 0us;
    made_.window_end = random_.chance(0.3) ? made_.window_start + 1ms + upto(horizon_) : 24h;
    made_.latency = 50us + upto(random_.chance(0.2) ? 20ms : 1ms);
    made_.clients_pause = random_.chance(0.2) ? 20ms : random_.chance(0.5) ? 200ms : 2s;
    made_.clients_insist = random_.chance(0.2) ? 0.9 : 0.35;
  }

  /// Most come at once, and some at any time.
  void add_crowd() {
    const instant rush = random_.chance(0.5) ? made_.window_start : upto(horizon_);
    const microseconds width = random_.chance(0.5) ? 5ms : 500ms;
    const double again = random_.chance(0.2) ? 0.8 : 0.2;
    if (random_.chance(0.1)) made_.window_end = std::max(rush, made_.window_start) + 500us + upto(width);
    for (int user = 1; user <= users_; ++user)
      for (std::int64_t times = random_.chance(again) ? 2 : 1; times > 0; --times)
        made_.items.push_back({.what = event::ask,
                               .at = random_.chance(0.75) ? rush + upto(width) : upto(horizon_),
                               .who = user,
                               .where = node()});
  }

  /// Of everybody, whether they have one or not; some things twice, at two nodes, soon after each other.
  void add_life() {
    made_.restocks = life_.chance(0.7);
    const auto at_most = [&](microseconds most) { return microseconds(life_.between(0, most.count())); };
    const instant rush = made_.items[static_cast<std::size_t>(life_.between(0, std::ssize(made_.items) - 1))].at;
    for (std::int64_t n = life_.between(1, std::min(16, 2 * users_)); n > 0; --n) {
      item one{.at = life_.chance(0.6) ? rush + 1ms + at_most(life_.chance(0.5) ? 50ms : 1s) : at_most(horizon_),
               .who = static_cast<int>(life_.between(1, users_)),
               .where = life_node()};
      const auto kind = life_.between(0, 99);
      one.what = kind < 45 ? event::give_back : kind < 70 ? event::use : kind < 85 ? event::undo_use : event::look_up;
      if (one.what == event::use || one.what == event::undo_use)
        one.amount = life_.chance(0.1) ? 0 : life_.chance(0.7) ? 1 : 2;
      made_.items.push_back(one);
      if (!life_.chance(0.25)) continue;
      one.at += at_most(life_.chance(0.5) ? 2ms : 500ms);
      one.where = life_node();
      made_.items.push_back(one);
    }
  }
  int life_node() { return distributed() ? static_cast<int>(life_.between(0, api_nodes - 1)) : 0; }

  /// The event is over, and so is the time for which its gate is kept; then somebody asks, and somebody opens it again.
  void add_years() {
    made_.retention = microseconds(age_.between(0, 600'000));
    made_.window_end = std::min(made_.window_end, made_.window_start + microseconds(age_.between(1'000, 1'500'000)));
    const auto later = [&](std::int64_t most_us) {
      return made_.window_end + *made_.retention + microseconds(age_.between(0, most_us));
    };
    const auto node_then = [&] { return static_cast<int>(age_.between(0, api_nodes - 1)); };
    for (std::int64_t n = age_.between(2, 8); n > 0; --n)
      made_.items.push_back({.what = event::ask,
                             .at = later(4'000'000),
                             .who = static_cast<int>(age_.between(1, users_)),
                             .where = node_then()});
    for (std::int64_t n = age_.between(0, 3); n > 0; --n) {
      constexpr std::array kinds = {event::look_up, event::use, event::undo_use, event::give_back};
      made_.items.push_back({.what = kinds[static_cast<std::size_t>(age_.between(0, 3))],
                             .at = later(4'000'000),
                             .who = static_cast<int>(age_.between(1, users_)),
                             .where = node_then()});
    }
    if (age_.chance(0.5))
      made_.items.push_back({.what = event::kill,
                             .at = later(2'500'000),
                             .length = microseconds(age_.between(0, 300'000)),
                             .who = node_then()});
    if (!age_.chance(0.5)) return;
    made_.items.push_back({.what = event::move_end,
                           .at = later(3'000'000),
                           .where = node_then(),
                           .amount = age_.between(100'000, 3'000'000)});
  }

  /// One or two with crowds of their own, who come when the first one's do, or at any time.
  void add_others() {
    for (int coupon = 1; coupon <= (beside_.chance(0.7) ? 1 : 2); ++coupon) {
      const int users = static_cast<int>(beside_.between(1, 8));
      other_coupon one;
      if (beside_.chance(0.9)) one.total_quantity = static_cast<std::int32_t>(beside_.between(1, users));
      one.restocks = beside_.chance(0.4);
      const auto at_most = [&](microseconds most) { return microseconds(beside_.between(0, most.count())); };
      one.window_start = beside_.chance(0.2) ? at_most(horizon_ / 3) : 0us;
      one.window_end = beside_.chance(0.3) ? one.window_start + 1ms + at_most(horizon_) : made_.window_end;
      one.window_end = std::max(one.window_end, one.window_start + 1ms);
      made_.others.push_back(one);
      const instant rush = made_.items[static_cast<std::size_t>(beside_.between(0, std::ssize(made_.items) - 1))].at;
      const auto add = [&](event what, std::int64_t amount = 0) {
        made_.items.push_back({.what = what,
                               .at = beside_.chance(0.6) ? rush + at_most(50ms) : at_most(horizon_),
                               .who = static_cast<int>(beside_.between(1, users)),
                               .where = static_cast<int>(beside_.between(0, api_nodes - 1)),
                               .amount = amount,
                               .coupon = coupon});
      };
      for (std::int64_t n = beside_.between(2, 10); n > 0; --n) add(event::ask);
      for (std::int64_t n = beside_.between(0, 4); n > 0; --n)
        add(beside_.chance(0.5) ? event::give_back : beside_.chance(0.5) ? event::use : event::look_up, 0);
      if (beside_.chance(0.3)) add(event::set_total, beside_.between(1, 10));
      if (beside_.chance(0.2)) add(event::move_end, beside_.between(-500'000, 3'000'000));
    }
  }

  void add_operators() {
    for (std::int64_t n = random_.between(1, 3); n > 0; --n) {
      item one{.what = event::set_total, .at = upto(horizon_), .where = node()};
      last_at_ = one.at;
      switch (random_.between(0, 5)) {
        case 0:
          one.what = event::pause;
          made_.items.push_back({.what = event::resume, .at = one.at + upto(2s), .where = node()});
          break;
        case 1:
          one.what = event::move_end;
          one.amount = random_.between(-1'000'000, 5'000'000);
          break;
        default:
          one.amount = random_.between(1, 30);
      }
      made_.items.push_back(one);
    }
  }

  void add_faults() {
    std::int64_t count = 1;
    while (count < 8 && random_.chance(0.6)) ++count;
    const std::vector<event> mixture = distributed() ? mixture_of(distributed_faults) : mixture_of(embedded_faults);
    for (; count > 0; --count) made_.items.push_back(fault(last_ && random_.chance(0.3) ? *last_ : one_of(mixture)));
  }

  event one_of(std::span<const event> kinds) {
    return kinds[static_cast<std::size_t>(random_.between(0, std::ssize(kinds) - 1))];
  }

  /// A history's own: some kinds never come, some come often. What all kinds together would cover up is seen that way
  /// (Groce et al., "Swarm testing", 2012).
  std::vector<event> mixture_of(std::span<const event> kinds) {
    std::vector<event> mixture;
    for (const event what : kinds)
      if (random_.chance(0.6)) mixture.insert(mixture.end(), static_cast<std::size_t>(random_.between(1, 4)), what);
    if (made_.two_writers)
      mixture.insert(mixture.end(), static_cast<std::size_t>(cluster_.between(1, 3)), event::conflicts);
    if (mixture.empty()) mixture.push_back(one_of(kinds));
    return mixture;
  }

  item fault(event what) {
    last_ = what;
    item one{.what = what, .at = upto(horizon_), .who = process()};
    // One of the others' troubles is the best moment for the next.
    if (last_at_ && random_.chance(0.4)) one.at = *last_at_ + upto(random_.chance(0.5) ? 10ms : 400ms);
    last_at_ = one.at;
    one.length = random_.chance(0.5) ? upto(300ms) : upto(4s);
    one.where = static_cast<int>(random_.between(0, 1));
    one.chance = 0.02 * static_cast<double>(1 << random_.between(0, 5));
    switch (what) {
      case event::power_cut:
      case event::fail_write:
      case event::fail_sync:
        one.amount = random_.between(1, 12);
        one.length = {};
        break;
      case event::clock:
      case event::redis_clock:
        one.amount = random_.between(-3'000'000, 3'000'000);
        one.length = {};
        break;
      case event::disk_slow:
      case event::slow_store:
        one.amount = random_.between(1'000, 400'000);
        break;
      case event::fail_over:
      case event::restore_ledger:
        one.amount = random_.between(0, 1'500'000);
        one.length = {};
        break;
      case event::spoil:
        one.amount = random_.between(0, 3);
        one.length = {};
        break;
      case event::refuse_user:
        one.who = static_cast<int>(random_.between(1, users_));
        break;
      case event::flush:
        one.length = {};
        break;
      default:
        break;
    }
    return one;
  }

  static constexpr std::array embedded_faults = {
      event::kill,      event::power_cut, event::power_cut, event::fail_write, event::fail_sync,
      event::disk_full, event::disk_slow, event::stop,      event::clock,      event::lose_clients};
  static constexpr std::array distributed_faults = {
      event::kill,           event::kill,         event::vanish,        event::stop,          event::stop,
      event::clock,          event::lose_clients, event::restart_store, event::restart_store, event::stop_store,
      event::stop_store,     event::lose_store,   event::lose_store,    event::lose_store,    event::slow_store,
      event::redis_clock,    event::redis_full,   event::flush,         event::fail_over,     event::fail_over,
      event::restore_ledger, event::contention,   event::lose_wakes,    event::spoil,         event::refuse_user};

  random_source random_;
  random_source life_;  // so that what is drawn for it leaves the rest of the history as it is
  random_source age_;
  random_source cluster_;
  random_source beside_;
  plan made_;
  microseconds horizon_{};
  int users_ = 0;
  std::optional<event> last_;
  std::optional<instant> last_at_;
};

}  // namespace

plan plan_of(sim::shape shape, std::uint64_t seed) {
  return planner(shape, seed).make();
}

plan only(const plan& whole, std::span<const int> numbers) {
  plan part = whole;
  std::erase_if(part.items, [&](const item& one) {
    return std::find(numbers.begin(), numbers.end(), one.number) == numbers.end();
  });
  return part;
}

instant plan::calm_from() const {
  instant last{};
  for (const item& one : items) last = std::max(last, one.at + one.length);
  return last;
}

namespace {

/// Somebody does it to one coupon.
bool is_of_one_coupon(event what) {
  return what <= event::move_end;
}

}  // namespace

plan plan::part(int coupon) const {
  plan one = *this;
  one.others.clear();
  one.number = coupon;
  std::erase_if(one.items, [&](const item& i) { return is_of_one_coupon(i.what) && i.coupon != coupon; });
  if (coupon == 0) return one;
  const other_coupon& what = others.at(static_cast<std::size_t>(coupon) - 1);
  one.seed = seed + static_cast<std::uint64_t>(coupon) * 1'000'003;
  one.total_quantity = what.total_quantity;
  one.restocks = what.restocks;
  one.window_start = what.window_start;
  one.window_end = what.window_end;
  return one;
}

bool plan::has(event what) const {
  return std::any_of(items.begin(), items.end(), [&](const item& one) { return one.what == what; });
}

}  // namespace firstcome::sim
