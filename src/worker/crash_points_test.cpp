// Every step of the distributed protocol dies once, before its effect and after it, and once more in the midst of the
// recovery; and somebody else acts before every step. Whatever happens: no over-issue, one place a user, the count is
// the number of rows, what was accepted is issued, and gate and ledger hold the same users.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/small_world.hpp"
#include "worker/queue_mover.hpp"

namespace firstcome::worker {
namespace {

using testing::crash_watcher;
using testing::intruded_watcher;
using ::testing::IsEmpty;
using testing::node;
using testing::small_world;

struct scenario {
  const char* name;
  std::function<void(small_world&)> before;
  std::function<void(small_world&, node&)> operation;
};

void move_all(small_world& world, node& n) {
  queue_mover mover(world.coupon, n.gate, n.ledger, world.time, 3);
  for (int i = 0; i < 50; ++i) {
    const move_outcome outcome = mover.step().outcome;
    if (outcome == move_outcome::unfit) n.recovery.ensure_ready(world.coupon);
    if (outcome == move_outcome::nothing || outcome == move_outcome::alarm) return;
  }
}

void change(small_world& world, node& n, const coupon_change& what) {
  (void)n.operators.change(world.coupon, what);
}

coupon_change total_of(std::int32_t total) {
  coupon_change c;
  c.total_quantity = std::optional(total);
  return c;
}

void flush(small_world& world) {
  world.gates.coupons.clear();
  world.excuse_what_is_lost();
}

void ask_in_three_batches(small_world& world) {
  world.ask({1, 2});
  world.copy_stores();
  world.ask({3, 4, 5});
  world.ask({6});
}

std::vector<scenario> scenarios() {
  return {
      {"move", ask_in_three_batches, move_all},
      {"move_with_poison",
       [](small_world& w) {
         ask_in_three_batches(w);
         w.ledgers.refuse_user(user_id{4});
       },
       move_all},
      {"confirm_after_restart",
       [](small_world& w) {
         ask_in_three_batches(w);
         w.change_lineage();
       },
       move_all},
      {"rebuild_after_flush",
       [](small_world& w) {
         ask_in_three_batches(w);
         w.settle();
         w.ask({7});
         flush(w);
       },
       move_all},
      {"rebuild_on_demand",
       [](small_world& w) {
         ask_in_three_batches(w);
         w.settle();
         w.ask({7});
         w.ask({8, 9});
       },
       [](small_world& w, node& n) {
         n.recovery.rebuild(w.coupon);
         move_all(w, n);
       }},
      {"rebuild_with_poison",
       [](small_world& w) {
         ask_in_three_batches(w);
         w.ledgers.refuse_user(user_id{4});
       },
       [](small_world& w, node& n) { n.recovery.rebuild(w.coupon); }},
      {"create", [](small_world&) {}, [](small_world&, node& n) { (void)n.operators.create(small_world::draft(5)); }},
      {"raise", ask_in_three_batches, [](small_world& w, node& n) { change(w, n, total_of(15)); }},
      {"lower", ask_in_three_batches, [](small_world& w, node& n) { change(w, n, total_of(7)); }},
      {"lower_to_what_is_admitted", ask_in_three_batches, [](small_world& w, node& n) { change(w, n, total_of(6)); }},
      {"pause_and_retitle", ask_in_three_batches,
       [](small_world& w, node& n) { change(w, n, {.title = "another", .paused = true}); }},
      {"lower_after_restart",
       [](small_world& w) {
         ask_in_three_batches(w);
         w.change_lineage();
       },
       [](small_world& w, node& n) { change(w, n, total_of(7)); }},
  };
}

void everybody_asks(small_world& world) {
  std::vector<std::int64_t> users(30);
  for (std::size_t i = 0; i < users.size(); ++i) users[i] = static_cast<std::int64_t>(i) + 1;
  world.ask(users);
}

void settle(small_world& world) {
  ASSERT_TRUE(world.settle()) << "never comes to rest";
  world.replay_dead_letters();
  ASSERT_THAT(world.broken_settled(), IsEmpty());
}

/// Also: nobody is left out who could have one.
void expect_kept(small_world& world) {
  const coupon_id newest = world.ledgers.rows().coupons.rbegin()->first;
  if (newest != world.coupon) world.promised.clear();
  world.coupon = newest;
  for (int user = 1; user <= 30; ++user) world.ledgers.accept_user(user_id{user});
  settle(world);
  everybody_asks(world);
  settle(world);
  const auto& row = world.ledgers.of(world.coupon).row;
  ASSERT_TRUE(row.paused || row.issued_quantity == row.total_quantity) << row.issued_quantity << " issued";
}

class crash_points : public ::testing::TestWithParam<scenario> {
 protected:
  /// Answers whether the step was reached at all.
  static bool crash_once(small_world& world, int at, crash_watcher::moment when,
                         const std::function<void(node&)>& operation) {
    crash_watcher watcher(world, at, when);
    try {
      node n(world, watcher);
      operation(n);
    } catch (const store_unavailable&) {
    }
    EXPECT_THAT(watcher.broken, IsEmpty()) << "crash at step " << at << ", " << watcher.where;
    return watcher.crashed;
  }
};

TEST_P(crash_points, each_step_may_be_the_last) {
  int crashes = 0;
  for (const auto when : {crash_watcher::moment::before, crash_watcher::moment::after}) {
    for (int at = 0;; ++at) {
      SCOPED_TRACE("step " + std::to_string(at) + (when == crash_watcher::moment::before ? ", before" : ", after"));
      small_world world;
      GetParam().before(world);
      const bool crashed = crash_once(world, at, when, [&](node& n) { GetParam().operation(world, n); });
      expect_kept(world);
      if (HasFatalFailure()) return;
      if (!crashed) break;
      ++crashes;
    }
  }
  EXPECT_GT(crashes, 4);
}

TEST_P(crash_points, and_so_may_each_step_of_the_recovery) {
  using moment = crash_watcher::moment;
  bool first_crashed = true;
  for (int first = 0; first_crashed; ++first) {
    bool second_crashed = true;
    for (int second = 0; second_crashed; ++second) {
      SCOPED_TRACE("steps " + std::to_string(first) + " and " + std::to_string(second));
      small_world world;
      GetParam().before(world);
      first_crashed = crash_once(world, first, moment::after, [&](node& n) { GetParam().operation(world, n); });
      second_crashed = crash_once(world, second, second % 2 == 0 ? moment::after : moment::before, [&](node& n) {
        n.recovery.ensure_ready(world.coupon);
        move_all(world, n);
      });
      expect_kept(world);
      if (HasFatalFailure()) return;
    }
  }
}

/// What others may do at any moment.
std::vector<std::pair<const char*, std::function<void(small_world&, node&)>>> intruders() {
  return {
      {"users ask", [](small_world& w, node&) { everybody_asks(w); }},
      {"another worker moves", move_all},
      {"another node makes it ready", [](small_world& w, node& n) { n.recovery.ensure_ready(w.coupon); }},
      {"another node rebuilds", [](small_world& w, node& n) { n.recovery.rebuild(w.coupon); }},
      {"an operator raises", [](small_world& w, node& n) { change(w, n, total_of(20)); }},
      {"an operator lowers", [](small_world& w, node& n) { change(w, n, total_of(8)); }},
      {"Redis restarts", [](small_world& w, node&) { w.change_lineage(); }},
      {"Redis restarts, all of it is confirmed and users ask",
       [](small_world& w, node&) {
         w.change_lineage();
         w.settle();
         everybody_asks(w);
       }},
      {"Redis is flushed", [](small_world& w, node&) { flush(w); }},
      {"Redis fails over to an older replica", [](small_world& w, node&) { w.fail_over(); }},
      {"Redis fails over, all of it is confirmed and users ask",
       [](small_world& w, node&) {
         w.fail_over();
         w.settle();
         everybody_asks(w);
       }},
      {"the ledger goes back", [](small_world& w, node&) { w.restore_ledger(); }},
      {"the ledger goes back, and all of it is made ready",
       [](small_world& w, node&) {
         w.restore_ledger();
         w.settle();
         everybody_asks(w);
       }},
      {"an operator raises, users ask, and the ledger goes back",
       [](small_world& w, node& n) {
         change(w, n, total_of(20));
         everybody_asks(w);
         w.restore_ledger();
       }},
      {"the ledger's connections break", [](small_world& w, node&) { w.ledgers.break_sessions(); }},
      {"the lock's session is ended, and another node makes it ready",
       [](small_world& w, node& n) {
         w.ledgers.end_lock(w.coupon);
         n.recovery.ensure_ready(w.coupon);
         everybody_asks(w);
       }},
  };
}

class nobody_watches final : public testing::step_watcher {
 public:
  void before(const char*) override {}
  void after(const char*) override {}
};

TEST_P(crash_points, anybody_may_come_between_two_steps) {
  for (const auto& [name, intrude] : intruders()) {
    bool intruded = true;
    for (int at = 0; intruded; ++at) {
      small_world world;
      GetParam().before(world);
      intruded_watcher watcher(world, at, [&, &intrude = intrude] {
        nobody_watches nothing;
        try {
          node other(world, nothing);
          intrude(world, other);
        } catch (const store_unavailable&) {
        }
      });
      try {
        node n(world, watcher);
        GetParam().operation(world, n);
      } catch (const store_unavailable&) {
      }
      intruded = watcher.intruded;
      SCOPED_TRACE(std::string(name) + " before step " + std::to_string(at) + ", " + watcher.where);
      ASSERT_THAT(watcher.broken, IsEmpty());
      expect_kept(world);
      if (HasFatalFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(steps, crash_points, ::testing::ValuesIn(scenarios()),
                         [](const auto& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace firstcome::worker
