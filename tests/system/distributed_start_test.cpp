// How nodes of the distributed shape start and leave: stores that are down, wrong or too weak; clocks that differ;
// SIGTERM under load.

#include <signal.h>

#include <optional>
#include <thread>

#include "domain/time.hpp"
#include "sql/mysql.hpp"
#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class distributed_start : public distributed_test {
 protected:
  /// A node that is expected to leave by itself; with these variables instead of the right ones.
  finished_child run_node(const std::string& node, std::map<std::string, std::string> with = {}) {
    with.merge(shape().environment());
    if (node == "worker") with.erase("FIRSTCOME_ADMIN_TOKEN");
    return run_to_end(
        {.arguments = {FIRSTCOME_BINARY, node, "--listen", "127.0.0.1:0"}, .environment = std::move(with)});
  }

  /// Either node leaves with 1 and one sentence about it.
  void expect_refuses(const std::map<std::string, std::string>& with, const std::string& about) {
    for (const char* node : {"api", "worker"}) {
      const finished_child left = run_node(node, with);
      EXPECT_EQ(left.status, exited_with(1)) << node << ": " << left.err;
      EXPECT_THAT(left.err, HasSubstr(about)) << node;
      EXPECT_EQ(sanitizer_report_in(left.err), "");
    }
  }

  void expect_serves() {
    const std::int64_t offer = create({.quantity = 100});
    expect_kept(shape().burst_until_answered(crowd(offer, 1, 300)), offer);
    EXPECT_EQ(shape().rows(offer), 100);
  }
};

TEST_F(distributed_start, without_redis_nodes_start_and_become_ready_when_it_comes) {
  start_shape({.apis = 0, .workers = 0});
  shape().redis().shut_down();
  server_under_test& api = shape().add_api({}, false);
  server_under_test& worker = shape().add_worker({}, false);
  EXPECT_EQ(api.client().get("/healthz").status, 200);
  EXPECT_EQ(worker.client().get("/healthz").status, 200);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(api.ready());
    const http_response refused = ask_for_issue(api, 1, 1);
    EXPECT_EQ(refused.status, 503) << refused;
    EXPECT_NE(refused.header("retry-after"), "");
  }
  server_under_test& leaving = shape().add_api({}, false);
  EXPECT_EQ(leaving.terminate(), exited_with(0)) << leaving.err();
  EXPECT_THAT(leaving.err(), HasSubstr("left; it said yes to nobody"));
  leaving.start_unready();
  shape().redis().start();
  EXPECT_TRUE(eventually([&] { return api.ready() && worker.ready(); })) << api.err();
  expect_serves();
}

TEST_F(distributed_start, without_the_database_nodes_start_and_work_when_it_comes) {
  start_shape({.apis = 0, .workers = 0});
  shape().mariadb().kill_hard();
  shape().add_api();  // ready: it accepts without the database
  server_under_test& worker = shape().add_worker({}, false);
  EXPECT_FALSE(worker.ready());
  shape().mariadb().start();
  EXPECT_TRUE(eventually([&] { return worker.ready(); })) << worker.err();
  expect_serves();
}

TEST_F(distributed_start, a_database_that_breaks_off_anywhere_in_its_first_answers_is_asked_again) {
  start_shape({.apis = 0, .workers = 0});
  tcp_gate to_mariadb(shape().mariadb().port());
  const auto answered = [&] { return to_mariadb.passed(tcp_gate::direction::to_client); };
  server_under_test& api =
      shape().add_api({{"FIRSTCOME_DATABASE", "mysql://root@" + to_mariadb.address() + "/" + shape().database()}});
  const std::uint64_t all = answered();
  ASSERT_GT(all, 0U);
  constexpr std::uint64_t places = 12;
  for (std::uint64_t n = 0; n < places; ++n) {
    expect_clean_stop(api);
    to_mariadb.cut_after(tcp_gate::direction::to_client, 1 + n * all / places);
    api.start();  // throws when it ends
  }
  to_mariadb.release();
  shape().add_worker();
  expect_serves();
}

/// Galera answers so to a first read that has waited for the other nodes for too long: here a table that is locked
/// does.
TEST_F(distributed_start, a_database_that_lets_the_first_read_wait_for_too_long_is_asked_again) {
  start_shape({.apis = 0, .workers = 0});
  shape().mariadb().execute("SET GLOBAL lock_wait_timeout = 1");
  auto holder = std::make_optional<sql::mysql_connection>(
      sql::parse_mysql_address(shape().mariadb().url(shape().database())), sql::mysql_timeouts{});
  holder->execute("LOCK TABLES firstcome_schema WRITE");
  server_under_test& api = shape().add_api({}, false);  // throws when it ends
  server_under_test& worker = shape().add_worker({}, false);
  for (server_under_test* const node : {&api, &worker})
    EXPECT_TRUE(eventually([&] { return node->err().find("it is asked again") != std::string::npos; })) << node->err();
  holder.reset();
  EXPECT_TRUE(eventually([&] { return api.ready() && worker.ready(); })) << api.err() << worker.err();
  expect_serves();
}

TEST_F(distributed_start, a_wrong_password_ends_a_node_with_a_sentence) {
  start_shape({.apis = 0, .workers = 0});
  shape().mariadb().execute("CREATE USER somebody IDENTIFIED BY 'right'");
  expect_refuses({{"FIRSTCOME_DATABASE", shape().mariadb().url(shape().database(), "somebody", "hunter2")}},
                 "password");
  shape().redis().ask({"CONFIG", "SET", "requirepass", "right"});
  expect_refuses({}, "wants a password");
  expect_refuses({{"FIRSTCOME_REDIS", "redis://:hunter2@" + shape().redis().address()}}, "password");
  EXPECT_EQ(
      run_node("worker", {{"FIRSTCOME_REDIS", "redis://:hunter2@" + shape().redis().address()}}).err.find("hunter2"),
      std::string::npos);
}

TEST_F(distributed_start, stores_that_would_lose_what_they_answered_are_refused) {
  start_shape({.apis = 0, .workers = 0});
  shape().redis().ask({"CONFIG", "SET", "appendfsync", "everysec"});
  expect_refuses({}, "appendfsync");
  shape().redis().ask({"CONFIG", "SET", "appendfsync", "always"});
  shape().redis().ask({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  expect_refuses({}, "maxmemory-policy");
  shape().redis().ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  shape().mariadb().execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
  expect_refuses({}, "innodb_flush_log_at_trx_commit");
}

TEST_F(distributed_start, a_schema_that_was_not_migrated_is_refused) {
  start_shape({.apis = 0, .workers = 0});
  expect_refuses({{"FIRSTCOME_DATABASE", shape().mariadb().url(shape().mariadb().make_database())}}, "migrate");
}

// Whoever is asked says so at every look, and says who is away.
TEST_F(distributed_start, nodes_whose_redis_died_are_not_ready_and_name_it) {
  start_shape({.apis = 1, .workers = 1});
  server_under_test &api = shape().api(), &worker = shape().worker();
  const std::int64_t offer = create();
  shape().redis().kill();
  EXPECT_TRUE(eventually([&] { return !api.ready() && !worker.ready(); }));
  const auto until = std::chrono::steady_clock::now() + 2500ms;  // a look at the ledger alone, and another one
  while (std::chrono::steady_clock::now() < until) {
    ASSERT_FALSE(worker.ready());
    ASSERT_FALSE(api.ready());
  }
  for (server_under_test* const node : {&api, &worker})
    EXPECT_THAT(node->client().get("/readyz").body, HasSubstr("Redis does not answer"));
  const http_response refused = ask_for_issue(api, offer, 1);
  EXPECT_EQ(refused.status, 503) << refused;
  EXPECT_THAT(refused.body, HasSubstr("Redis does not answer"));
  shape().redis().start();
  EXPECT_TRUE(eventually([&] { return api.ready() && worker.ready(); }));
}

// An API node accepts without it all the same: only what asks the ledger hears of it.
TEST_F(distributed_start, nodes_whose_database_died_name_it) {
  start_shape({.apis = 1, .workers = 1});
  server_under_test &api = shape().api(), &worker = shape().worker();
  const std::int64_t offer = create();
  shape().mariadb().kill_hard();
  EXPECT_TRUE(eventually([&] { return !worker.ready(); }));
  EXPECT_THAT(worker.client().get("/readyz").body, HasSubstr("The database does not answer"));
  EXPECT_TRUE(eventually([&] {  // the first who asks finds it out
    return api.client().get("/v1/coupons").body.find("The database does not answer") != std::string::npos;
  })) << api.client().get("/v1/coupons");
  EXPECT_TRUE(api.ready());
  EXPECT_EQ(ask_for_issue(api, offer, 1).status, 202);
  shape().mariadb().start();
  EXPECT_TRUE(eventually([&] { return worker.ready(); }));
  EXPECT_TRUE(eventually([&] { return api.client().get("/v1/coupons").status == 200; }));
}

TEST_F(distributed_start, an_api_node_leaves_at_its_bound_while_the_database_hangs) {
  start_shape({.apis = 1, .workers = 0, .api_flags = {"--drain-timeout-ms", "500", "--request-timeout-ms", "20000"}});
  server_under_test& api = shape().api();
  const std::int64_t offer = create();
  shape().mariadb().pause();
  std::vector<std::thread> crowd;
  for (int n = 0; n < 16; ++n)
    crowd.emplace_back([&api, offer] {
      try {
        api.client().get(issue_path(offer, 1));
      } catch (const std::exception&) {  // the node left before it answered
      }
    });
  EXPECT_TRUE(eventually(
      [&] { return api.client().get("/metrics").body.find("firstcome_connections 17") != std::string::npos; }));
  const auto left = api.terminate(15s);
  EXPECT_EQ(left, exited_with(0)) << api.err();
  for (std::thread& one : crowd) one.join();
  shape().mariadb().resume();
}

// One node an hour ahead, one an hour behind, a worker of each kind: windows are judged by the clock of Redis.
TEST_F(distributed_start, nodes_whose_clocks_are_hours_apart_say_the_same) {
  start_shape({.apis = 1, .workers = 1});
  shape().add_api({{"FIRSTCOME_TEST_CLOCK_OFFSET_MS", "3600000"}});
  shape().add_api({{"FIRSTCOME_TEST_CLOCK_OFFSET_MS", "-3600000"}});
  shape().add_worker({{"FIRSTCOME_TEST_CLOCK_OFFSET_MS", "3600000"}});
  shape().add_worker({{"FIRSTCOME_TEST_CLOCK_OFFSET_MS", "-3600000"}});
  const std::int64_t open = create({.quantity = 300, .starts_in = -30min, .ends_in = 30min});
  const std::int64_t to_come = create({.quantity = 10, .starts_in = 30min, .ends_in = 90min});
  const std::int64_t over = create({.quantity = 10, .starts_in = -90min, .ends_in = -30min});
  const auto answers = shape().burst_until_answered(crowd(open, 1, 1'000));
  EXPECT_EQ(count_winners(answers), 300U);
  for (std::size_t n = 0; n < shape().apis(); ++n) {
    EXPECT_EQ(ask_for_issue(shape().api(n), to_come, 1).code(), "not_started") << n;
    EXPECT_EQ(ask_for_issue(shape().api(n), over, 1).code(), "ended") << n;
    EXPECT_EQ(show_coupon(shape().api(n), to_come).at("state").as_string(), "scheduled") << n;
    EXPECT_EQ(show_coupon(shape().api(n), over).at("state").as_string(), "ended") << n;
  }
  expect_kept(answers, open);
  const std::int64_t now_us =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  const std::vector<issue_row> rows = shape().ledger().issues_of(open);
  ASSERT_FALSE(rows.empty());
  for (const issue_row& row : rows) {
    EXPECT_LE(row.date_issued_us, now_us);
    EXPECT_GT(row.date_issued_us, now_us - 600'000'000);
  }
}

TEST_F(distributed_start, an_api_node_that_is_asked_to_leave_under_load_keeps_what_it_answered) {
  std::vector<std::pair<std::int64_t, std::vector<issue_answer>>> all;
  for (int round = 0; round < 3; ++round) {
    const std::int64_t offer = create({.quantity = 700});
    server_under_test& leaving = shape().api(1);
    const disturbance leave{.after_answers = 100U + 200U * static_cast<std::size_t>(round),
                            .act = [&] { leaving.send_signal(SIGTERM); }};
    const auto asks = crowd(offer, 1, 1'500);
    auto answers = shape().burst(asks, {.connections = 64, .disturbances = {leave}});
    EXPECT_EQ(leaving.wait(15s), exited_with(0)) << leaving.err();
    EXPECT_THAT(leaving.err(), HasSubstr("left; everything that was accepted is in Redis"));
    EXPECT_EQ(sanitizer_report_in(leaving.err()), "");
    append(answers, shape().burst_until_answered(asks));
    expect_kept(answers, offer);
    leaving.start();
  }
}

TEST_F(distributed_start, workers_that_are_asked_to_leave_under_load_finish_what_they_began) {
  const std::int64_t offer = create({.quantity = 3'000});
  burst_options options{.connections = 64};
  for (std::size_t n = 0; n < shape().workers(); ++n)
    options.disturbances.push_back(
        {.after_answers = 500 * (n + 1), .act = [this, n] { shape().worker(n).send_signal(SIGTERM); }});
  const auto answers = shape().burst_until_answered(crowd(offer, 1, 4'000), options);
  for (std::size_t n = 0; n < shape().workers(); ++n) {
    EXPECT_EQ(shape().worker(n).wait(20s), exited_with(0)) << shape().worker(n).err();
    EXPECT_EQ(sanitizer_report_in(shape().worker(n).err()), "");
  }
  EXPECT_EQ(count_winners(answers), 3'000U);
  EXPECT_EQ(shape().wrong_books(), std::vector<std::string>{});
  shape().worker(0).start();
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 3'000);
}

// What it cannot move in time stays where it is.
TEST_F(distributed_start, a_worker_leaves_within_its_bound_when_the_database_hangs) {
  start_shape({.workers = 1, .worker_flags = {"--drain-timeout-ms", "500", "--store-timeout-ms", "1000"}});
  const std::int64_t offer = create({.quantity = 1'000});
  shape().mariadb().pause();
  const auto answers = shape().burst_until_answered(crowd(offer, 1, 500));
  EXPECT_EQ(count_winners(answers), 500U);
  EXPECT_EQ(shape().worker().terminate(20s), exited_with(0)) << shape().worker().err();
  shape().mariadb().resume();
  shape().worker().start();
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 500);
}

}  // namespace
}  // namespace firstcome::testing
