// The process dies in the burst, and comes back on the same folder: promise 3 with the real binary.

#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "support/load_burst.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr int crashes = 20;
constexpr int places = 500;
constexpr int askers = 1'200;

class crash : public system_test {};

// FIRSTCOME_TEST_SEED repeats a run.
std::uint32_t chosen_seed() {
  const char* given = std::getenv("FIRSTCOME_TEST_SEED");
  const std::uint32_t seed = given != nullptr ? static_cast<std::uint32_t>(std::atoll(given)) : std::random_device()();
  std::cout << "FIRSTCOME_TEST_SEED=" << seed << "\n";
  return seed;
}

// Each crash has a coupon of its own on the one folder that lives through them all. The instant is drawn in answers,
// so that it falls among the winners on any machine, plus a part of a millisecond, so that it falls anywhere in a
// batch.
TEST_F(crash, every_yes_before_a_kill_is_kept_and_asking_again_fills_up_exactly) {
  std::mt19937 random(chosen_seed());
  std::size_t yes_before_a_kill = 0;
  std::size_t unanswered = 0;
  std::vector<std::pair<std::int64_t, std::vector<issue_answer>>> finished;
  for (int round = 0; round < crashes; ++round) {
    SCOPED_TRACE("crash " + std::to_string(round));
    const std::int64_t offer = create_coupon(server(), {.quantity = places});
    const disturbance kill{.after_answers = random() % (places + 100),
                           .and_then = std::chrono::microseconds(random() % 1500),
                           .act = [this] { server().kill_hard(); }};
    const auto asks = crowd(offer, 1 + round * askers, askers, random());
    std::vector<issue_answer> answers = run_burst(server().port(), asks, {.connections = 64, .disturbances = {kill}});
    yes_before_a_kill += count_status(answers, 201);
    unanswered += count_status(answers, 0);
    const ledger_rows left_behind = read_ledger_left_behind(server().data_dir());
    EXPECT_THAT(lost_answers(answers, left_behind), IsEmpty());
    EXPECT_LE(left_behind.issues_of(offer).size(), static_cast<std::size_t>(places));

    server().start();
    EXPECT_THAT(lost_answers(answers, read_ledger(server().data_dir())), IsEmpty());
    append(answers, run_burst(server().port(), asks, {.connections = 64}));
    const ledger_rows now = read_ledger(server().data_dir());
    EXPECT_EQ(now.issues_of(offer).size(), static_cast<std::size_t>(places));
    EXPECT_THAT(broken_promises(answers, now, offer), IsEmpty());
    finished.emplace_back(offer, std::move(answers));
    if (HasFailure()) break;
  }
  const ledger_rows in_the_end = read_ledger(server().data_dir());
  for (const auto& [offer, answers] : finished) EXPECT_THAT(broken_promises(answers, in_the_end, offer), IsEmpty());
  EXPECT_GT(yes_before_a_kill, 0U);
  EXPECT_GT(unanswered, 0U) << "no kill met a request in flight: the test tested nothing";
}

TEST_F(crash, a_kill_while_starting_does_no_harm) {
  std::mt19937 random(chosen_seed());
  const std::int64_t offer = create_coupon(server(), {.quantity = places});
  const auto answers = run_burst(server().port(), crowd(offer, 1, askers), {.connections = 64});
  const ledger_rows before = read_ledger(server().data_dir());
  server().kill_hard();
  for (int round = 0; round < 5; ++round) {
    child_process starting(server().command());
    starting.wait(std::chrono::milliseconds(random() % 300));
    starting.send_signal(SIGKILL);
    EXPECT_EQ(starting.wait(10s), killed_by(SIGKILL));
  }
  server().start();
  EXPECT_EQ(read_ledger(server().data_dir()).issues, before.issues);
  EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer), IsEmpty());
}

}  // namespace
}  // namespace firstcome::testing
