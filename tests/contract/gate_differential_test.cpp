// The simulation's gate against the real one: random histories, in which every answer and in the end everything that is
// stored must be the same. The simulation proves nothing unless this holds.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>

#include "support/gate_text.hpp"
#include "support/redis_gate_under_test.hpp"
#include "support/simulated_gate_under_test.hpp"

namespace firstcome::testing {
namespace {

using gate::gate_answer;

enum class act {
  admit,  // most of the time
  look,
  find,
  read_queue,
  trim_queue,
  confirm,
  build,  // fence, load and open, with what is right for it
  fence,
  load,
  open,
  drop,
  retire,
  announce,
  lower,
  configure,
  begin_lineage,
  copy_to_replica,
  promote_replica,
  flush,
};

/// One step. What its numbers mean depends on the act; mostly they are offsets from what would be right.
struct step {
  act what = act::admit;
  int a = 0;
  int b = 0;
  std::vector<int> users;
};

std::ostream& operator<<(std::ostream& out, const step& one) {
  out << "{act " << static_cast<int>(one.what) << ", " << one.a << ", " << one.b << ", users";
  for (const int user : one.users) out << ' ' << user;
  return out << '}';
}

rc::Gen<act> any_act() {
  using enum act;
  return rc::gen::weightedElement<act>({{12, admit},
                                        {2, look},
                                        {2, find},
                                        {3, read_queue},
                                        {3, trim_queue},
                                        {2, confirm},
                                        {4, build},
                                        {1, fence},
                                        {2, load},
                                        {2, open},
                                        {2, drop},
                                        {2, retire},
                                        {2, announce},
                                        {3, lower},
                                        {3, configure},
                                        {1, begin_lineage},
                                        {1, copy_to_replica},
                                        {1, promote_replica},
                                        {1, flush}});
}

rc::Gen<step> any_step() {
  return rc::gen::build<step>(
      rc::gen::set(&step::what, any_act()), rc::gen::set(&step::a, rc::gen::inRange(0, 12)),
      rc::gen::set(&step::b, rc::gen::inRange(0, 12)),
      rc::gen::set(&step::users, rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 80)))));
}

class both_gates {
 public:
  void begin() {
    real_.flush();
    simulated_.flush();
    real_.begin_lineage();
    note_time_and_lineage();
    real_.copy_to_replica();
    simulated_.copy_to_replica();
    begun_ = real_.now();
    run({act::build, 0, 2, {1}});
  }

  void run(const step& one) {
    coupon_ = coupon_id{one.users.back() % 4 == 0 ? 8 : 7};
    note_time_and_lineage();
    take(one);
    simulated_.set_run_id(real_.run_id());
    const auto status = real_.gate().status(coupon_);
    RC_ASSERT(text_of(status) == text_of(simulated_.gate().status(coupon_)));
  }

  /// Histories that never come to an answer compare nothing.
  void expect_every_answer() const {
    using enum verdict;
    for (const verdict one : {already_issued, paused, not_started, ended, sold_out, admitted})
      EXPECT_GT(verdicts_.contains(one) ? verdicts_.at(one) : 0, 0) << "verdict " << static_cast<int>(one);
    using enum gate_answer;
    for (const gate_answer one : {decided, missing, closed, retired, not_understood})
      EXPECT_GT(answers_.contains(one) ? answers_.at(one) : 0, 0) << "answer " << static_cast<int>(one);
    EXPECT_GT(overloaded_, 0);
  }

  void compare_everything() { RC_ASSERT(real_.everything() == simulated_.everything()); }

 private:
  void note_time_and_lineage() {
    simulated_.set_now(real_.now());
    simulated_.set_run_id(real_.run_id());
    const auto status = real_.gate().status(coupon_);
    epoch_ = status ? status->epoch : 0;
    version_ = status ? status->config.config_version : 0;
    size_ = status ? status->size : 0;
  }

  /// The same of both.
  template <class Do>
  void both(Do ask) {
    RC_ASSERT(ask(static_cast<gate_under_test&>(real_)) == ask(static_cast<gate_under_test&>(simulated_)));
  }

  // Mostly what is right; now and then one off.
  epoch_number near_epoch(int number) const { return epoch_ + (number == 0 ? -1 : number == 1 ? 1 : 0); }
  std::int64_t near_version(int number) const { return std::max<std::int64_t>(1, version_ + number % 4 - 1); }
  std::string near_run_id(int number) { return number == 0 ? "0" : real_.run_id(); }

  /// Ends and starts lie around now, so that verdicts change while the test runs.
  gate::gate_config config(int a, int b) const {
    static constexpr std::array<int, 4> starts_ms{-100'000, -100'000, -100'000, 30};
    static constexpr std::array<int, 4> ends_ms{100'000, 100'000, -50, 60};
    return {near_version(a),
            b == 0 ? std::nullopt : std::optional(size_ / 2 + 4 * b),
            {begun_ + std::chrono::milliseconds(starts_ms[static_cast<std::size_t>(b) % 4]),
             begun_ + std::chrono::milliseconds(ends_ms[static_cast<std::size_t>(a) % 4])},
            b == 11,
            a % 3};
  }

  /// Of an entry when there are so many, else a place where none is.
  queue::queue_position position(int number) {
    const auto view = simulated_.gate().read_queue(coupon_, queue::queue_start, 100);
    const auto index = static_cast<std::size_t>(number);
    if (view && index < view->entries.size()) return view->entries[index].at;
    return std::to_string(number) + "-1";
  }

  static std::vector<gate::admitted> loadable(const std::vector<int>& users) {
    std::vector<gate::admitted> all;
    for (const int user : std::span(users).first(std::min<std::size_t>(users.size(), 9)))
      all.push_back({user_id{user % 8 == 0 ? 0 : user}, static_cast<sequence_number>(all.size()) + 1,
                     from_microseconds(1'700'000'000'000'000)});
    return all;
  }

  void take(const step& one) {
    switch (one.what) {
      case act::admit:
        return admit(one);
      case act::look:
        return look(near_epoch(one.a));
      case act::find:
        return both([&](gate_under_test& g) {
          const auto found = g.gate().find(coupon_, near_epoch(one.a), user_id{one.users[0]});
          return found ? found->sequence : 0;
        });
      case act::read_queue:
        return both([&](gate_under_test& g) { return text_of(read(g, one)); });
      case act::trim_queue:
        return trim(one);
      case act::begin_lineage:
        return real_.begin_lineage();
      case act::copy_to_replica:
        real_.copy_to_replica();
        return simulated_.copy_to_replica();
      case act::promote_replica:
        real_.promote_replica();
        return simulated_.promote_replica();
      case act::flush:
        real_.flush();
        return simulated_.flush();
      default:
        return both([&](gate_under_test& g) { return change(g.gate(), one); });
    }
  }

  /// The step's answer as a number.
  int change(gate::shared_gate& g, const step& one) {
    const epoch_number epoch = near_epoch(one.a);
    switch (one.what) {
      case act::confirm:
        return g.confirm(coupon_, epoch, near_run_id(one.b), config(one.a, one.b));
      case act::build:
        return build(g, one);
      case act::fence: {
        const auto fence = g.fence(coupon_, std::max<epoch_number>(1, epoch_ + one.a % 3));
        return fence ? static_cast<int>(fence->source) : -1;
      }
      case act::load:
        return g.load(coupon_, epoch, near_run_id(one.b), loadable(one.users));
      case act::open:
        return g.open(coupon_, epoch, near_run_id(one.b), config(one.b, one.a), one.b % 3 == 0 ? one.b : size_);
      case act::drop:
        g.drop(coupon_, epoch_ - one.a % 3);
        return 0;
      case act::retire:
        return g.retire(coupon_, epoch, near_version(one.b));
      case act::announce:
        return static_cast<int>(g.announce(coupon_, epoch, near_version(one.b)));
      case act::lower:
        return static_cast<int>(g.lower(coupon_, epoch, near_version(one.b), size_ + one.b % 4 - 1));
      default:
        return static_cast<int>(g.configure(coupon_, epoch, config(one.a, one.b)));
    }
  }

  int build(gate::shared_gate& g, const step& one) {
    if (!g.fence(coupon_, epoch_ + 1)) return -1;
    const auto users = loadable(one.users);
    if (!g.load(coupon_, epoch_ + 1, real_.run_id(), users)) return -2;
    const sequence_number size = g.status(coupon_)->size;
    return g.open(coupon_, epoch_ + 1, real_.run_id(), config(one.a, one.b + 3), size) ? size : -3;
  }

  /// The real one first: its clock is the one that counts.
  void admit(const step& one) {
    std::vector<user_id> users;
    for (const int user : one.users) users.push_back(user_id{user});
    const epoch_number epoch = near_epoch(one.a);
    const std::int64_t bound = one.b < 4 ? one.b : quantity_max;
    gate::admit_decisions said;
    gate::admit_decisions simulated_said;
    const auto answer = real_.admit(coupon_, epoch, bound, users, said);
    if (answer.what == gate_answer::decided) simulated_.set_now(answer.terms.now);
    const auto simulated_answer = simulated_.admit(coupon_, epoch, bound, users, simulated_said);
    RC_ASSERT(answer.what == simulated_answer.what);
    RC_ASSERT(answer.open_epoch == simulated_answer.open_epoch);
    RC_ASSERT(text_of(answer.terms) == text_of(simulated_answer.terms));
    RC_ASSERT(said.size() == simulated_said.size());
    ++answers_[answer.what];
    for (std::size_t i = 0; i < said.size(); ++i) {
      RC_ASSERT(text_of(said[i]) == text_of(simulated_said[i]));
      said[i] ? ++verdicts_[said[i]->what] : ++overloaded_;
    }
  }

  void look(epoch_number epoch) {
    const auto answer = real_.look(coupon_, epoch);
    if (answer.what == gate_answer::decided) simulated_.set_now(answer.terms.now);
    const auto simulated_answer = simulated_.look(coupon_, epoch);
    RC_ASSERT(answer.what == simulated_answer.what);
    RC_ASSERT(answer.open_epoch == simulated_answer.open_epoch);
    RC_ASSERT(text_of(answer.terms) == text_of(simulated_answer.terms));
  }

  std::optional<gate::queue_view> read(gate_under_test& g, const step& one) {
    return g.gate().read_queue(coupon_, position(one.a), static_cast<std::size_t>(one.b));
  }

  void trim(const step& one) {
    const queue::queue_position upto = position(one.a);
    for (gate_under_test* g : {static_cast<gate_under_test*>(&real_), static_cast<gate_under_test*>(&simulated_)})
      g->gate().trim_queue(coupon_, near_epoch(one.users[0]), upto, std::max(0, size_ - one.b));
  }

  redis_gate_under_test real_;
  simulated_gate_under_test simulated_;
  coupon_id coupon_{7};
  timestamp begun_;
  std::map<verdict, int> verdicts_;
  std::map<gate_answer, int> answers_;
  int overloaded_ = 0;
  // As they were before the step.
  epoch_number epoch_ = 0;
  std::int64_t version_ = 0;
  sequence_number size_ = 0;
};

TEST(gate_differential, the_simulations_gate_answers_and_stores_what_redis_does) {
  both_gates gates;
  const bool same = rc::check([&] {
    const auto steps = *rc::gen::scale(2.0, rc::gen::container<std::vector<step>>(any_step()));
    gates.begin();
    for (const step& one : steps) gates.run(one);
    gates.compare_everything();
  });
  EXPECT_TRUE(same);
  gates.expect_every_answer();
}

}  // namespace
}  // namespace firstcome::testing
