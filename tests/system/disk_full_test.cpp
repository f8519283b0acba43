// The disk is full in the burst, and then there is room again: the real binary on a small file system of its own.

#include <gmock/gmock.h>

#include "support/eventually.hpp"
#include "support/load_burst.hpp"
#include "support/promise_audit.hpp"
#include "support/small_disk.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::IsEmpty;
using namespace std::chrono_literals;

class disk_full : public system_test {
 protected:
  void TearDown() override {
    disk_.make_room();
    system_test::TearDown();
  }

  small_disk disk_;
};

TEST_F(disk_full, no_yes_is_lost_the_rest_hears_503_and_service_goes_on_when_there_is_room) {
  ASSERT_TRUE(disk_.mounted()) << disk_.why_not();
  start_server({.data_dir = disk_.path() / "data"});
  coupon();
  const std::int64_t offer = create_coupon(server(), {.quantity = 20'000});
  const auto asks = crowd(offer, 1, 10'000);
  const disturbance fill{.after_answers = 1'000, .act = [this] { disk_.fill_up_to(64 * 1024); }};
  auto answers = run_burst(server().port(), asks, {.connections = 64, .disturbances = {fill}});
  EXPECT_EQ(answers.size(), asks.size()) << "the server did not live through it: " << server().err();
  EXPECT_GT(count_code(answers, "overloaded"), 0U) << "the disk never became full: the test tested nothing";
  EXPECT_EQ(count_status(answers, 201) + count_code(answers, "overloaded"), answers.size());
  EXPECT_EQ(server().client().get("/healthz").status, 200);
  EXPECT_EQ(server().client().get(issue_path(offer, 10'001)).status, 404) << "reading goes on";

  disk_.make_room();
  append(answers, run_burst(server().port(), asks, {.connections = 64}));
  server().kill_hard();
  const ledger_rows rows = read_ledger_left_behind(server().data_dir());
  EXPECT_EQ(rows.issues_of(offer).size(), asks.size());
  EXPECT_THAT(broken_promises(answers, rows, offer), IsEmpty());
  server().start();
}

TEST_F(disk_full, a_kill_on_a_full_disk_loses_no_yes) {
  ASSERT_TRUE(disk_.mounted()) << disk_.why_not();
  start_server({.data_dir = disk_.path() / "data"});
  coupon();
  const std::int64_t offer = create_coupon(server(), {.quantity = 20'000});
  const auto asks = crowd(offer, 1, 6'000);
  const disturbance fill{.after_answers = 500, .act = [this] { disk_.fill_up_to(64 * 1024); }};
  const disturbance kill{.after_answers = 5'000, .act = [this] { server().kill_hard(); }};
  auto answers = run_burst(server().port(), asks, {.connections = 64, .disturbances = {fill, kill}});
  EXPECT_GT(count_code(answers, "overloaded"), 0U);
  disk_.make_room();
  EXPECT_THAT(lost_answers(answers, read_ledger_left_behind(server().data_dir())), IsEmpty());
  server().start();
  append(answers, run_burst(server().port(), asks, {.connections = 64}));
  EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer), IsEmpty());
}

TEST_F(disk_full, a_coupon_that_cannot_be_stored_is_not_there) {
  ASSERT_TRUE(disk_.mounted()) << disk_.why_not();
  start_server({.data_dir = disk_.path() / "data"});
  coupon();
  disk_.fill_up_to(0);
  int made = 0;
  http_response answer;
  ASSERT_TRUE(eventually([&] {  // there may be room left in the file itself
    answer = server().admin().post(
        "/v1/coupons",
        R"({"title":")" + std::string(200, 'x') +
            R"(","totalQuantity":1,"dateIssueStart":"2020-01-01T00:00:00Z","dateIssueEnd":"2090-01-01T00:00:00Z"})");
    if (answer.status == 201) ++made;
    return answer.status != 201;
  }));
  EXPECT_TRUE(is_problem(answer, 503, "overloaded"));
  EXPECT_NE(answer.header("retry-after"), "");
  disk_.make_room();
  EXPECT_EQ(create_coupon(server()), made + 2) << "ids go on after the coupons that are there";
}

}  // namespace
}  // namespace firstcome::testing
