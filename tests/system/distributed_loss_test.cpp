// Stores that fail without dying: Redis loses everything or its scripts or has no memory left, and the database is away
// for a while.

#include <atomic>
#include <filesystem>
#include <thread>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/operator_log.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

class distributed_loss : public distributed_test {};

// What was accepted and had not reached the ledger is gone, and nobody can know better. But the rows stay right, nobody
// gets two, and from the flush on every promise holds again.
TEST_F(distributed_loss, after_a_flushall_in_a_burst_the_gate_is_rebuilt_from_the_ledger) {
  std::mt19937 random(chosen_seed());
  for (int round = 0; round < 4; ++round) {
    const std::int64_t offer = create({.quantity = 1'000});
    const std::int64_t epoch_before = std::stoll(shape().meta(offer, "epoch"));
    auditor::assumptions lost;
    const disturbance flush{.after_answers = 100 + random() % 700, .act = [&] {
                              const auditor::instant_ns asked_at = history_now();
                              shape().redis().ask({"FLUSHALL"});
                              lost.gate_lost_at.emplace_back(asked_at, history_now());
                            }};
    const auto asks = crowd(offer, 1, 3'000, static_cast<std::uint32_t>(random()));
    auto answers = shape().burst(asks, {.connections = 64, .disturbances = {flush}});
    append(answers, shape().burst_until_answered(asks));
    expect_kept(answers, offer, lost);
    EXPECT_EQ(shape().rows(offer), 1'000);
    EXPECT_GT(std::stoll(shape().meta(offer, "epoch")), epoch_before);
  }
}

// As after a fail-over to a replica that was behind, or a restore: the ledger has more than the gate. Only the nodes
// are there to notice, and nobody may be let in to a place that is taken.
TEST_F(distributed_loss, a_redis_that_comes_back_with_older_data_admits_nobody_before_the_gate_was_rebuilt) {
  const std::int64_t offer = create({.quantity = 1'000});
  const std::filesystem::path data = shape().redis().folder() / "appendonlydir";
  const temporary_directory kept;
  auto answers = shape().burst(crowd(offer, 1, 200));
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  shape().redis().shut_down();
  std::filesystem::copy(data, kept.path() / "old", std::filesystem::copy_options::recursive);
  shape().redis().start();
  append(answers, shape().burst_until_answered(crowd(offer, 1'001, 300)));
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  for (std::size_t n = 0; n < shape().workers(); ++n) expect_clean_stop(shape().worker(n));

  shape().redis().kill();
  std::filesystem::remove_all(data);
  std::filesystem::copy(kept.path() / "old", data, std::filesystem::copy_options::recursive);
  shape().redis().start();
  append(answers, shape().burst_until_answered(crowd(offer, 2'001, 300)));
  for (std::size_t n = 0; n < shape().workers(); ++n) shape().worker(n).start();
  append(answers, shape().burst_until_answered(crowd(offer, 1, 2'000)));
  expect_kept(answers, offer);  // all of it: what the old data lacked was in the ledger
  EXPECT_EQ(shape().rows(offer), 1'000);
}

TEST_F(distributed_loss, a_script_flush_in_a_burst_is_not_noticed) {
  const std::int64_t offer = create({.quantity = 500});
  burst_options options{.connections = 64};
  for (std::size_t i = 1; i <= 10; ++i)
    options.disturbances.push_back({.after_answers = i * 100, .act = [this] {
                                      shape().redis().ask({"SCRIPT", "FLUSH", "SYNC"});
                                    }});
  const auto answers = shape().burst_until_answered(crowd(offer, 1, 2'000), options);
  EXPECT_EQ(count_winners(answers), 500U);
  EXPECT_EQ(count_code(answers, "sold_out"), 1'500U);
  expect_kept(answers, offer);
}

// Accepted requests wait in Redis; nothing is refused for it, and everything is issued when the database is back.
TEST_F(distributed_loss, while_the_database_is_away_admissions_wait_for_it) {
  const std::int64_t offer = create({.quantity = 2'000});
  const std::int64_t later = create({.quantity = 500});
  shape().mariadb().kill_hard();
  // A disk that is slow for seconds makes some answers unknown: they ask again.
  const auto answers = shape().burst_until_answered(crowd(offer, 1, 3'000), {.connections = 64});
  const auto others = shape().burst_until_answered(crowd(later, 1, 300), {.connections = 64});
  EXPECT_EQ(count_code(answers, "sold_out"), 1'000U);
  EXPECT_EQ(count_winners(others), 300U);
  EXPECT_GT(shape().ask_redis({"XLEN", shape().key(later, "queue")}).integer(), 0);
  const http_response waiting = shape().api().client().get(issue_path(offer, answers.front().ask.user));
  EXPECT_EQ(waiting.status, 503) << waiting;
  shape().mariadb().start();
  expect_kept(answers, offer);
  expect_kept(others, later);
  EXPECT_EQ(shape().rows(offer), 2'000);
  EXPECT_EQ(shape().rows(later), 300);
  for (std::size_t n = 0; n < shape().workers(); ++n)
    EXPECT_TRUE(eventually([&] { return shape().worker(n).ready(); }));
}

// The server is there and says nothing: nobody waits for it but those who need it.
TEST_F(distributed_loss, a_database_that_hangs_holds_up_nobody_who_asks_for_a_coupon) {
  const std::int64_t offer = create({.quantity = 500});
  std::vector<issue_answer> answers = shape().burst_until_answered(crowd(offer, 1, 100));
  shape().mariadb().pause();
  append(answers, shape().burst_until_answered(crowd(offer, 1'001, 1'000), {.connections = 64}, 30s));
  EXPECT_EQ(count_winners(answers), 500U);
  EXPECT_EQ(count_code(answers, "sold_out"), 600U);
  shape().mariadb().resume();
  expect_kept(answers, offer);
}

TEST_F(distributed_loss, past_its_bound_the_backlog_is_answered_503_and_nothing_accepted_is_dropped) {
  start_shape({.api_flags = {"--max-backlog", "200"}});
  const std::int64_t offer = create({.quantity = 1'000});
  shape().mariadb().kill_hard();
  const auto asks = crowd(offer, 1, 2'000);
  auto answers = shape().burst(asks, {.connections = 64});
  EXPECT_EQ(shape().gate_size(offer), 200);
  EXPECT_GT(count_code(answers, "overloaded"), 1'000U);
  EXPECT_EQ(count_code(answers, "sold_out"), 0U);
  for (const issue_answer& answer : answers) EXPECT_TRUE(answer.yes() || answer.has_retry_after);
  shape().mariadb().start();
  append(answers, shape().burst_until_answered(asks));
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 1'000);
}

// No room for one more key: surely not admitted, said at once. Who is in still hears yes, and the workers, who free
// memory, go on.
TEST_F(distributed_loss, a_redis_without_memory_refuses_early_and_recovers) {
  const std::int64_t offer = create({.quantity = 1'000});
  auto answers = shape().burst_until_answered(crowd(offer, 1, 300), {.connections = 64});
  shape().redis().ask({"CONFIG", "SET", "maxmemory", "1"});
  const auto asks = crowd(offer, 1'001, 2'000);
  const auto refused = shape().burst(asks, {.connections = 64});
  EXPECT_EQ(count_code(refused, "overloaded"), 2'000U);
  append(answers, refused);
  EXPECT_TRUE(eventually([&] { return shape().rows(offer) == 300; })) << shape().state_of(offer);
  EXPECT_TRUE(eventually([&] { return shape().ask_redis({"XLEN", shape().key(offer, "queue")}).integer() == 0; }));
  shape().redis().ask({"CONFIG", "SET", "maxmemory", "0"});
  append(answers, shape().burst_until_answered(asks));
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 1'000);
}

// Another thread looks at the books all the while, each time at one instant of the database.
TEST_F(distributed_loss, at_no_instant_do_the_books_show_one_too_many_or_another_number) {
  const std::int64_t offer = create({.quantity = 1'000});
  std::atomic<bool> over = false;
  int looks = 0;
  std::vector<std::string> wrong;
  std::thread watcher([&] {
    for (; !over; ++looks)
      for (const std::string& one : shape().wrong_books()) wrong.push_back(one);
  });
  const disturbance kill{.after_answers = 300, .act = [this] { shape().worker(0).kill_hard(); }};
  const auto answers = shape().burst(crowd(offer, 1, 4'000), {.connections = 64, .disturbances = {kill}});
  expect_kept(answers, offer);
  over = true;
  watcher.join();
  EXPECT_GT(looks, 5);
  EXPECT_THAT(wrong, IsEmpty());
}

}  // namespace
}  // namespace firstcome::testing
