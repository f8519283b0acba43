// What an operator does while the crowd asks at two API nodes; and the lease once a coupon is sold out.

#include <future>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/operator_log.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class distributed_changes : public distributed_test {
 protected:
  struct changed {
    http_response answer;
    std::chrono::steady_clock::time_point answered_at;
  };

  /// A coupon whose operators are watched from now on.
  std::int64_t create_watched(int quantity) {
    operators_ = std::make_unique<operator_log>(quantity);
    return create({.quantity = quantity});
  }
  operator_log& operators() { return *operators_; }

  /// A change that is made while the crowd goes on asking: a raise takes as long as a lease may last.
  disturbance change_after(std::size_t answers, std::int64_t offer, const boost::json::object& change) {
    return {.after_answers = answers, .act = [this, offer, change] {
              server_under_test& asked = shape().api(changes_.size() % 2);
              changes_.push_back(std::async(std::launch::async, [this, offer, change, &asked] {
                http_response answer = operators().change(asked, offer, change);
                return changed{std::move(answer), std::chrono::steady_clock::now()};
              }));
            }};
  }
  changed change_made(std::size_t n) { return changes_.at(n).get(); }

  /// Commands that Redis has worked off, by name; those of scripts are counted too.
  std::int64_t calls(const std::string& of) {
    const std::string all(shape().ask_redis({"INFO", "commandstats"}).text());
    const std::size_t at = all.find("cmdstat_" + of + ":calls=");
    return at == std::string::npos ? 0 : std::stoll(all.substr(all.find('=', at) + 1));
  }
  std::int64_t script_calls() { return calls("evalsha") + calls("eval"); }

 private:
  std::unique_ptr<operator_log> operators_;
  std::vector<std::future<changed>> changes_;
};

// The crowd keeps asking until the raise has been answered and a while after: nobody may miss the new coupons.
TEST_F(distributed_changes, a_raise_in_a_burst_lets_exactly_that_many_more_in) {
  const std::int64_t offer = create_watched(300);
  auto answers =
      shape().burst(crowd(offer, 1, 3'000),
                    {.connections = 64, .disturbances = {change_after(1'000, offer, {{"totalQuantity", 500}})}});
  const http_response raised = change_made(0).answer;
  ASSERT_EQ(raised.status, 200) << raised;
  EXPECT_EQ(raised.number("totalQuantity"), 500);
  append(answers, shape().burst(crowd(offer, 3'001, 2'000, 2), {.connections = 64}));
  expect_kept(answers, offer, operators().told());
  EXPECT_EQ(shape().rows(offer), 500);
}

TEST_F(distributed_changes, a_lowering_in_a_burst_stops_at_the_new_quantity) {
  const std::int64_t offer = create_watched(3'000);
  const auto answers =
      shape().burst(crowd(offer, 1, 5'000), {.connections = 64,
                                             .disturbances = {change_after(400, offer, {{"totalQuantity", 100}}),
                                                              change_after(400, offer, {{"totalQuantity", 2'500}})}});
  const http_response too_low = change_made(0).answer;
  EXPECT_EQ(too_low.status, 409) << too_low;
  EXPECT_EQ(too_low.code(), "quantity_below_issued");
  const http_response lowered = change_made(1).answer;
  EXPECT_TRUE(lowered.status == 200 || lowered.code() == "quantity_below_issued") << lowered;
  expect_kept(answers, offer, operators().told());
  EXPECT_EQ(shape().rows(offer), lowered.status == 200 ? 2'500 : 3'000);
}

// Set again and again to what is just about to be passed, lower or higher: whichever way each race goes, nobody is left
// over.
TEST_F(distributed_changes, lowering_on_the_heels_of_the_crowd_never_leaves_one_too_many) {
  const std::int64_t offer = create_watched(100'000);
  std::vector<disturbance> lowerings;
  int done = 0;
  for (std::size_t i = 1; i <= 6; ++i)
    lowerings.push_back(
        {.after_answers = i * 250, .act = [&, i] {
           const std::int64_t about_now = shape().gate_size(offer) + 20;
           const http_response answer = operators().change(shape().api(i % 2), offer, {{"totalQuantity", about_now}});
           done += answer.status == 200;
           EXPECT_TRUE(answer.status == 200 || answer.code() == "quantity_below_issued" || answer.status == 503)
               << answer;
         }});
  const auto answers = shape().burst(crowd(offer, 1, 3'000), {.connections = 64, .disturbances = lowerings});
  EXPECT_GT(done, 0);
  expect_kept(answers, offer, operators().told());
}

TEST_F(distributed_changes, after_the_answer_to_a_pause_neither_node_lets_anybody_in_until_it_is_lifted) {
  const std::int64_t offer = create_watched(1'000);
  const auto asks = crowd(offer, 1, 3'000);
  auto answers =
      shape().burst(asks, {.connections = 64, .disturbances = {change_after(200, offer, {{"paused", true}})}});
  const changed pause = change_made(0);
  ASSERT_EQ(pause.answer.status, 200) << pause.answer;
  append(answers, shape().burst(crowd(offer, 3'001, 500), {.connections = 64}));
  for (const issue_answer& answer : answers)
    if (answer.invoked > pause.answered_at) {
      EXPECT_TRUE(answer.code == "paused" || answer.code == "sold_out") << answer.status << answer.code;
    }
  ASSERT_EQ(operators().change(shape().api(1), offer, {{"paused", false}}).status, 200);
  append(answers, shape().burst(asks, {.connections = 64}));
  expect_kept(answers, offer, operators().told());
  EXPECT_EQ(shape().rows(offer), 1'000);
}

class distributed_lease : public distributed_changes {
 protected:
  /// Both nodes say "sold out" by themselves: two askings that cost Redis nothing, on each.
  void await_lease(std::int64_t offer) {
    for (std::size_t n = 0; n < shape().apis(); ++n)
      ASSERT_TRUE(eventually([&] {
        const std::int64_t before = script_calls();
        for (int i = 0; i < 10; ++i) ask_for_issue(shape().api(n), offer, 1'000'000 + i);
        return script_calls() - before <= 2;
      })) << "the node still asks Redis for everybody";
  }
};

// While the crowd asks, a node looks at the gate about twice a second; without the lease there would be a call for
// each batch: thousands.
TEST_F(distributed_lease, a_crowd_that_comes_too_late_costs_redis_next_to_nothing) {
  const std::int64_t offer = create({.quantity = 100});
  auto answers = shape().burst_until_answered(crowd(offer, 1, 1'000));
  await_lease(offer);
  const std::int64_t before = script_calls();
  const auto began = std::chrono::steady_clock::now();
  const auto late = shape().burst_until_answered(crowd(offer, 10'001, 10'000), {.connections = 16});
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  EXPECT_EQ(count_code(late, "sold_out"), 10'000U);
  // Looks of both nodes, workers' looks at the queue, and a few false alarms of the filters.
  EXPECT_LT(static_cast<double>(script_calls() - before), 400 + 40 * seconds);
  append(answers, late);
  expect_kept(answers, offer);
}

TEST_F(distributed_lease, a_winner_who_asks_again_still_hears_yes) {
  const std::int64_t offer = create({.quantity = 100});
  auto answers = shape().burst_until_answered(crowd(offer, 1, 1'000));
  await_lease(offer);
  std::vector<issue_ask> again;
  for (const issue_answer& answer : answers)
    if (answer.yes()) again.insert(again.end(), 2, answer.ask);  // once at each node, about
  const auto heard = shape().burst_until_answered(again, {.connections = 4});
  EXPECT_EQ(count_code(heard, "sold_out"), 0U);
  EXPECT_EQ(count_winners(heard), 100U);
  append(answers, heard);
  expect_kept(answers, offer);
}

// Both nodes hold a lease when the raise begins; the crowd keeps them renewing it, or is silent so that they hear of
// nothing. From its answer on, no node may say "sold out" as long as there are coupons.
TEST_F(distributed_lease, nobody_hears_sold_out_once_a_raise_was_answered) {
  const std::int64_t offer = create_watched(100);
  std::vector<issue_answer> answers = shape().burst_until_answered(crowd(offer, 1, 1'000));
  for (int round = 1; round <= 3; ++round) {
    await_lease(offer);
    auto raise = std::async(std::launch::async, [&] {
      return operators().change(shape().api(round % 2), offer, {{"totalQuantity", 100 + 400 * round}});
    });
    int others = 100'000 * round;
    while (round % 2 == 1 && raise.wait_for(0s) != std::future_status::ready) {
      append(answers, shape().burst(crowd(offer, others, 50), {.connections = 8}));
      others += 50;
    }
    ASSERT_EQ(raise.get().status, 200);
    const std::int64_t room = 100 + 400 * round - shape().gate_size(offer);
    const auto heard = shape().burst_until_answered(crowd(offer, 50'000 * round + 5'000'000, static_cast<int>(room)),
                                                    {.connections = 16});
    EXPECT_EQ(count_winners(heard), static_cast<std::size_t>(room)) << "in round " << round;
    append(answers, heard);
    append(answers, shape().burst(crowd(offer, 50'000 * round + 6'000'000, 200), {.connections = 16}));
  }
  expect_kept(answers, offer, operators().told());
  EXPECT_EQ(shape().rows(offer), 1'300);
}

}  // namespace
}  // namespace firstcome::testing
