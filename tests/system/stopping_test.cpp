// The end of a process that is asked to end, one that is stopped and goes on, and a second one on the same folder.

#include <gmock/gmock.h>
#include <signal.h>

#include "support/eventually.hpp"
#include "support/load_burst.hpp"
#include "support/promise_audit.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class stopping : public system_test {};

TEST_F(stopping, a_term_signal_in_a_burst_keeps_every_yes_and_exits_with_0_in_time) {
  start_server({.flags = {"--drain-timeout-ms", "5000"}});
  const std::int64_t offer = create_coupon(server(), {.quantity = 3'000});
  const disturbance term{.after_answers = 500, .act = [this] { server().send_signal(SIGTERM); }};
  const auto asks = crowd(offer, 1, 6'000);
  std::vector<issue_answer> answers = run_burst(server().port(), asks, {.connections = 64, .disturbances = {term}});
  EXPECT_EQ(server().wait(10s), exited_with(0)) << server().err();
  EXPECT_LT(answers.size(), asks.size()) << "the burst was over before the signal came";
  EXPECT_GT(count_status(answers, 201), 0U);
  const ledger_rows left_behind = read_ledger_left_behind(server().data_dir());
  EXPECT_THAT(lost_answers(answers, left_behind), IsEmpty());
  server().start();
  append(answers, run_burst(server().port(), asks, {.connections = 64}));
  EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer), IsEmpty());
}

TEST_F(stopping, a_request_in_flight_is_still_answered_after_a_term_signal) {
  start_server({.flags = {"--drain-timeout-ms", "10000"}});
  const std::string request =
      to_bytes({.method = "POST", .target = issues_path(coupon()), .body = issue_body(next_user())});
  raw_socket begun(server().port());
  raw_socket idle(server().port());
  begun.send(request.substr(0, request.size() - 5));
  EXPECT_EQ(server().client().get("/healthz").status, 200);  // by now the beginning was read
  server().send_signal(SIGTERM);
  EXPECT_TRUE(idle.closed_within(5s)) << "an idle connection has nothing to wait for";
  begun.send(request.substr(request.size() - 5));
  const http_response answer = response_reader(begun).next();
  EXPECT_EQ(answer.status, 201) << answer;
  EXPECT_EQ(answer.header("connection"), "close");
  EXPECT_EQ(server().wait(10s), exited_with(0)) << server().err();
  server().start();
}

TEST_F(stopping, nobody_new_is_let_in_after_a_term_signal) {
  start_server({.flags = {"--drain-timeout-ms", "10000"}});
  coupon();
  raw_socket begun(server().port());
  begun.send("GET /healthz HTTP/1.1\r\nHost: ");
  EXPECT_EQ(server().client().get("/healthz").status, 200);
  server().send_signal(SIGTERM);
  EXPECT_TRUE(eventually([this] { return server().client().get("/healthz").status != 200; }));
  begun.send("h\r\n\r\n");
  EXPECT_EQ(response_reader(begun).next().status, 200);
  EXPECT_EQ(server().wait(10s), exited_with(0)) << server().err();
  server().start();
}

TEST_F(stopping, the_drain_ends_at_its_time_limit) {
  start_server({.flags = {"--drain-timeout-ms", "300", "--request-timeout-ms", "60000"}});
  coupon();
  raw_socket never_finished(server().port());
  never_finished.send("GET /healthz HTTP/1.1\r\nHost: ");
  EXPECT_EQ(server().client().get("/healthz").status, 200);
  server().send_signal(SIGTERM);
  EXPECT_EQ(server().wait(10s), exited_with(0)) << server().err();
  server().start();
}

TEST_F(stopping, a_second_signal_leaves_at_once) {
  start_server({.flags = {"--drain-timeout-ms", "60000", "--request-timeout-ms", "60000"}});
  coupon();
  raw_socket never_finished(server().port());
  never_finished.send("GET /healthz HTTP/1.1\r\nHost: ");
  EXPECT_EQ(server().client().get("/healthz").status, 200);
  server().send_signal(SIGTERM);
  EXPECT_FALSE(server().wait(500ms).has_value()) << "it did not wait for what is in flight";
  server().send_signal(SIGTERM);
  EXPECT_TRUE(server().wait(3s).has_value()) << "still there after a second signal";
  server().start();
}

TEST_F(stopping, an_interrupt_is_a_graceful_end_too) {
  coupon();
  server().send_signal(SIGINT);
  EXPECT_EQ(server().wait(10s), exited_with(0)) << server().err();
  server().start();
}

TEST_F(stopping, a_process_that_stands_still_in_a_burst_goes_on_as_if_nothing_had_happened) {
  start_server({.flags = {"--request-timeout-ms", "30000"}});
  const std::int64_t offer = create_coupon(server(), {.quantity = 500});
  const disturbance stop{.after_answers = 200, .act = [this] { server().send_signal(SIGSTOP); }};
  const disturbance go_on{.after_answers = 200, .and_then = 500ms, .act = [this] { server().send_signal(SIGCONT); }};
  const auto answers =
      run_burst(server().port(), crowd(offer, 1, 3'000), {.connections = 64, .disturbances = {stop, go_on}});
  EXPECT_EQ(count_status(answers, 201), 500U);
  EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer), IsEmpty());
}

TEST_F(stopping, deadlines_that_passed_while_standing_still_are_no_refusals) {
  start_server({.flags = {"--request-timeout-ms", "100"}});
  const std::int64_t offer = create_coupon(server(), {.quantity = 1'500});
  std::vector<disturbance> stops;
  for (std::size_t i = 1; i <= 10; ++i) {
    stops.push_back({.after_answers = 150 * i, .act = [this] { server().send_signal(SIGSTOP); }});
    stops.push_back({.after_answers = 150 * i, .and_then = 250ms, .act = [this] { server().send_signal(SIGCONT); }});
  }
  const auto asks = crowd(offer, 1, 3'000);
  auto answers = run_burst(server().port(), asks, {.connections = 64, .disturbances = stops});
  EXPECT_GT(count_status(answers, 503), 0U) << "no deadline passed: the test tested nothing";
  append(answers, run_burst(server().port(), asks, {.connections = 64}));
  EXPECT_THAT(broken_promises(answers, read_ledger(server().data_dir()), offer), IsEmpty());
}

TEST_F(stopping, a_second_server_on_the_same_folder_is_turned_away) {
  const std::int64_t offer = coupon();
  const finished_child second = run_to_end(server().command());
  ASSERT_TRUE(second.status.has_value()) << "the second server ran";
  EXPECT_EQ(*second.status, exited_with(1)) << second.err;
  EXPECT_NE(second.err.find(server().data_dir().string()), std::string::npos)
      << "it should name the folder: " << second.err;
  EXPECT_EQ(ask_for_issue(server(), offer, next_user()).status, 201);
}

TEST_F(stopping, a_node_that_cannot_start_names_the_part_and_takes_down_those_before_it) {
  const std::string taken = "127.0.0.1:" + std::to_string(server().port());
  const temporary_directory folder;
  const std::filesystem::path data_dir = folder.path() / "data";
  const finished_child second =
      run_to_end({.arguments = {firstcome_program(), "serve", "--listen", taken, "--data-dir", data_dir.string()}});
  EXPECT_EQ(second.status, exited_with(1)) << second.err;
  EXPECT_THAT(second.err, AllOf(HasSubstr(R"("part":"HTTP server")"), HasSubstr("another program listens there")));
  EXPECT_TRUE(std::filesystem::exists(data_dir / "firstcome.db"));
  EXPECT_EQ(std::filesystem::file_size(data_dir / "firstcome.db-wal"), 0U) << "the ledger was not closed whole";
}

TEST_F(stopping, a_restart_keeps_everything) {
  const std::int64_t limited =
      create_coupon(server(), {.quantity = 3, .min_available_amount = 100, .title = "축하 쿠폰 🎉"});
  const std::int64_t unlimited = create_coupon(server(), {.quantity = std::nullopt});
  for (int user = 1; user <= 4; ++user) ask_for_issue(server(), limited, user);
  for (int user = 1; user <= 50; ++user) ask_for_issue(server(), unlimited, user);
  ASSERT_EQ(server().admin().post(issue_path(limited, 2) + "/use", R"({"orderAmount":100})").status, 200);
  ASSERT_EQ(change_coupon(server(), unlimited, {{"paused", true}}).status, 200);
  const auto everything = [&] {
    std::string all;
    for (const std::string& path :
         {std::string("/v1/coupons"), std::string("/v1/users/2/issues"), issue_path(limited, 2)})
      all += server().client().get(path).body + "\n";
    for (const std::int64_t offer : {limited, unlimited}) all += server().admin().get(issues_path(offer)).body + "\n";
    return all;
  };
  const std::string before = everything();
  const std::string token = server().admin_token();
  EXPECT_EQ(server().terminate(), exited_with(0));
  server().start();
  EXPECT_EQ(everything(), before);
  EXPECT_EQ(server().admin_token(), token);
  EXPECT_EQ(ask_for_issue(server(), limited, 1).status, 200);
  EXPECT_TRUE(is_problem(ask_for_issue(server(), limited, 5), 409, "sold_out"));
  EXPECT_TRUE(is_problem(ask_for_issue(server(), unlimited, 51), 409, "paused"));
  EXPECT_EQ(ask_for_issue(server(), unlimited, 50).status, 200) << "a winner always hears yes";
  ASSERT_EQ(change_coupon(server(), limited, {{"totalQuantity", 4}}).status, 200);
  EXPECT_EQ(ask_for_issue(server(), limited, 5).number("sequence"), 4);
}

}  // namespace
}  // namespace firstcome::testing
