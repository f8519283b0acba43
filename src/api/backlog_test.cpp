// Queue, workers' lag and dead letters, as operators see them: from memory, each with its age.

#include <gmock/gmock.h>

#include "support/api_over_http.hpp"

namespace firstcome::api {
namespace {

using http::method;
using namespace std::chrono_literals;

class backlog_over_http : public testing::api_over_http {
 protected:
  backlog_over_http() {
    coupon c;
    c.id = coupon_id{1};
    c.title = "t";
    c.total_quantity = 100;
    c.window = {clock_.now() - 1h, clock_.now() + 1h};
    service_.coupons_by_id[1] = c;
  }

  /// So many were let in, and so many of them are rows.
  void stands(std::int32_t admitted, std::int32_t rows) {
    service_.coupons_by_id[1].admitted_quantity = admitted;
    service_.coupons_by_id[1].issued_quantity = rows;
  }
  void look() { ASSERT_EQ(ask(method::get, "/v1/coupons/1/live"), 200) << x_->body; }
  boost::json::value queue() {
    EXPECT_EQ(ask(method::get, "/v1/stats"), 200);
    return said().at("coupons").at(0).at("queue");
  }
  void add_letter(std::int64_t id, std::int64_t coupon, std::optional<user_id> user) {
    service_.letters.push_back(
        {id, coupon_id{coupon}, static_cast<sequence_number>(id), user, clock_.now(), "Data too long"});
  }
};

TEST_F(backlog_over_http, is_nothing_where_rows_and_gate_agree_and_costs_no_look) {
  stands(7, 7);
  look();
  clock_.passed += 300ms;
  const boost::json::value seen = queue();
  EXPECT_EQ(boost::json::serialize(seen), R"({"waiting":0,"lagMs":0,"deadLetters":0,"ageMs":300})");
  EXPECT_EQ(service_.backlog_looks, 0);
}

TEST_F(backlog_over_http, is_told_from_memory_with_its_age) {
  stands(7, 4);
  service_.backlogs[1] = {.moved = 5, .waiting = 2, .dead_letters = 1};
  look();
  EXPECT_TRUE(queue().is_null()) << "the first who asks begins the look";
  EXPECT_EQ(service_.backlog_looks, 1);
  clock_.passed += 700ms;
  for (int consoles = 0; consoles < 100; ++consoles)
    EXPECT_EQ(boost::json::serialize(queue()), R"({"waiting":2,"lagMs":0,"deadLetters":1,"ageMs":700})");
  EXPECT_EQ(service_.backlog_looks, 1) << "a hundred consoles cost one look in two seconds";
  clock_.passed += 1300ms;
  queue();
  EXPECT_EQ(service_.backlog_looks, 2);
}

TEST_F(backlog_over_http, has_as_lag_what_the_oldest_in_the_queue_has_waited) {
  stands(5, 5);
  look();
  clock_.passed = 1000ms;
  stands(10, 5);
  look();  // 6 to 10 are in
  clock_.passed = 2000ms;
  stands(20, 5);
  look();
  clock_.passed = 3000ms;
  service_.backlogs[1] = {.moved = 10, .waiting = 10};  // 11 is the oldest
  queue();
  EXPECT_EQ(queue().at("lagMs"), 1000);
  clock_.passed = 5000ms;
  service_.backlogs[1] = {.moved = 9, .waiting = 11};
  queue();
  EXPECT_EQ(queue().at("lagMs"), 4000);
  clock_.passed = 7000ms;
  service_.backlogs[1] = {.moved = 20, .waiting = 0, .dead_letters = 15};  // what lies in letters does not wait
  queue();
  EXPECT_EQ(queue().at("lagMs"), 0);
  EXPECT_EQ(queue().at("deadLetters"), 15);
}

TEST_F(backlog_over_http, keeps_the_lag_of_a_long_stall_within_its_bounds) {
  stands(0, 0);
  look();
  for (int second = 1; second <= 1000; ++second) {
    clock_.passed = std::chrono::seconds(second);
    stands(second, 0);
    look();
  }
  service_.backlogs[1] = {.moved = 0, .waiting = 1000};
  queue();
  EXPECT_EQ(queue().at("lagMs"), 999'000);
}

TEST_F(backlog_over_http, grows_old_while_the_stores_do_not_answer) {
  stands(7, 4);
  service_.backlogs[1] = {.moved = 5, .waiting = 2};
  look();
  queue();
  service_.fails_with = errc::unavailable;
  clock_.passed += 5s;
  queue();
  EXPECT_EQ(queue().at("ageMs"), 5000);
  service_.fails_with.reset();
  service_.throws = true;
  clock_.passed += 5s;
  queue();
  EXPECT_EQ(queue().at("ageMs"), 10'000);
  service_.throws = false;
  clock_.passed += 5s;
  queue();
  EXPECT_EQ(queue().at("ageMs"), 0);
}

TEST_F(backlog_over_http, lists_open_dead_letters) {
  add_letter(3, 1, user_id{42});
  add_letter(4, 1, std::nullopt);
  add_letter(5, 2, user_id{43});
  ASSERT_EQ(ask(method::get, "/v1/dead-letters", {}, "limit=2"), 200);
  const boost::json::value page = said();
  EXPECT_EQ(page.at("items").as_array().size(), 2u);
  EXPECT_EQ(page.at("items").at(0).at("userId"), 42);
  EXPECT_EQ(page.at("items").at(0).at("reason"), "Data too long");
  EXPECT_FALSE(page.at("items").at(1).as_object().contains("userId"));
  const std::string next = "cursor=" + said("nextCursor");
  ASSERT_EQ(ask(method::get, "/v1/dead-letters", {}, next), 200);
  EXPECT_EQ(said().at("items").at(0).at("id"), 5);
  EXPECT_TRUE(said().at("nextCursor").is_null());
  ASSERT_EQ(ask(method::get, "/v1/dead-letters", {}, "couponId=2"), 200);
  EXPECT_EQ(said().at("items").as_array().size(), 1u);
  for (const char* bad : {"couponId=0", "cursor=x", "limit=0"})
    EXPECT_EQ(ask(method::get, "/v1/dead-letters", {}, bad), 400) << bad;
}

}  // namespace
}  // namespace firstcome::api
