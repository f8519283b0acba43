// The lab says of each strategy what is expected of it: the unsafe ones are caught, and the others hold. Small crowds,
// and time to think inside the transactions, so that an unsafe one does not get away by luck.

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/json.hpp>

#include <map>

#include "support/child_process.hpp"
#include "support/eventually.hpp"
#include "support/mariadb_server.hpp"
#include "support/redis_server.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

struct lab_report {
  finished_child how;
  json::array runs;
  json::array everybody;
  std::string html;
};

lab_report run_lab(const std::vector<std::string>& arguments) {
  const temporary_directory folder;
  child_command command{.arguments = {FIRSTCOME_BINARY, "lab", "--output-dir", (folder.path() / "report").string()}};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  lab_report report{.how = run_to_end(command, 240s), .runs = {}, .everybody = {}, .html = {}};
  const std::string text = text_of(folder.path() / "report" / "lab.json");
  if (!text.empty()) {
    report.runs = json::parse(text).at("runs").as_array();
    report.everybody = json::parse(text).at("everybody").as_array();
  }
  report.html = text_of(folder.path() / "report" / "lab.html");
  return report;
}

std::int64_t number(const json::value& run, const char* name) {
  return run.at(name).to_number<std::int64_t>();
}

bool held(const lab_report& in, const std::string& strategy, int servers) {
  for (const json::value& run : in.runs)
    if (run.at("strategy").as_string() == strategy && number(run, "servers") == servers)
      return run.at("holds").as_bool();
  ADD_FAILURE() << strategy << " was not run on " << servers;
  return false;
}

const std::vector<std::string> crowd_flags = {"--users",         "300", "--quantity",      "60", "--connections", "32",
                                              "--store-threads", "8",   "--think-time-ms", "2"};

std::vector<std::string> with(std::vector<std::string> more) {
  more.insert(more.end(), crowd_flags.begin(), crowd_flags.end());
  return more;
}

TEST(lab, catches_the_unsafe_strategies_and_sees_the_mutex_break_on_a_second_server) {
  const lab_report report =
      run_lab(with({"--strategies", "sync-unsafe,sync-mutex-in-tx,sync-mutex", "--servers", "1,2"}));
  ASSERT_EQ(report.how.status, exited_with(0)) << report.how.err << report.how.out;
  for (const int servers : {1, 2}) {
    EXPECT_FALSE(held(report, "sync-unsafe", servers));
    EXPECT_FALSE(held(report, "sync-mutex-in-tx", servers));
  }
  EXPECT_TRUE(held(report, "sync-mutex", 1));
  EXPECT_FALSE(held(report, "sync-mutex", 2));
  const json::value& unsafe = report.runs.front();
  EXPECT_GT(number(unsafe, "rows"), 60);
  EXPECT_NE(number(unsafe, "count_off"), 0);
  EXPECT_NE(report.html.find("Two transactions that overlap read the same count"), std::string::npos);
}

TEST(lab, sees_every_other_strategy_hold_on_two_servers) {
  const lab_report report = run_lab(with(
      {"--strategies", "sync-redis-lock,sync-db-lock,async-lock-zset,async-lock-set,async-script", "--servers", "2"}));
  ASSERT_EQ(report.how.status, exited_with(0)) << report.how.err << report.how.out;
  ASSERT_EQ(report.runs.size(), 5u);
  for (const json::value& run : report.runs) {
    EXPECT_TRUE(run.at("holds").as_bool()) << json::serialize(run);
    EXPECT_EQ(number(run, "accepted"), 60);
    EXPECT_EQ(number(run, "rows"), 60);
    EXPECT_EQ(number(run, "issued_quantity"), 60);
  }
}

TEST(lab, sees_the_real_gate_and_the_embedded_one_hold) {
  const lab_report report = run_lab({"--strategies", "async-batch,embedded", "--servers", "2", "--users", "2000",
                                     "--quantity", "300", "--connections", "64", "--everybody", "700"});
  ASSERT_EQ(report.how.status, exited_with(0)) << report.how.err << report.how.out;
  EXPECT_TRUE(held(report, "async-batch", 2));
  EXPECT_TRUE(held(report, "embedded", 1));
  ASSERT_EQ(report.everybody.size(), 2u) << "the same runs once more, with a coupon for each";
  for (const json::value& run : report.everybody) {
    EXPECT_TRUE(run.at("holds").as_bool()) << json::serialize(run);
    EXPECT_EQ(number(run, "rows"), 700);
  }
  EXPECT_NE(report.html.find("everybody gets one</text>"), std::string::npos);
}

TEST(lab, works_in_stores_that_are_given_and_leaves_nothing_there) {
  redis_server redis;
  const lab_report report =
      run_lab({"--strategies", "async-script,async-batch", "--servers", "1", "--users", "200", "--quantity", "30",
               "--connections", "16", "--redis", redis.url(), "--database", shared_mariadb().url("mysql")});
  ASSERT_EQ(report.how.status, exited_with(0)) << report.how.err << report.how.out;
  EXPECT_TRUE(held(report, "async-script", 1));
  EXPECT_TRUE(held(report, "async-batch", 1));
  EXPECT_EQ(shared_mariadb().value("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE '%lab%'"),
            "0");
  EXPECT_EQ(redis.command({"KEYS", "*[0-9]*"}).size(), 0u);
}

TEST(lab, ends_what_it_started_and_tidies_up_when_it_is_interrupted) {
  const temporary_directory folder;
  const std::filesystem::path temporary = folder.path() / "tmp", err = folder.path() / "err";
  std::filesystem::create_directories(temporary);
  child_process lab({.arguments = {FIRSTCOME_BINARY, "lab", "--strategies", "sync-redis-lock", "--users", "1000000",
                                   "--output-dir", (folder.path() / "report").string()},
                     .environment = {{"TMPDIR", temporary.string()}},
                     .stderr_file = err});
  ASSERT_TRUE(eventually([&] { return text_of(err).find("1000000 users") != std::string::npos; })) << text_of(err);
  lab.send_signal(SIGINT);
  EXPECT_EQ(lab.wait(60s), exited_with(1));
  EXPECT_NE(text_of(err).find("interrupted"), std::string::npos) << text_of(err);
  EXPECT_TRUE(std::filesystem::is_empty(temporary));
}

TEST(lab, names_what_a_setting_may_be) {
  const finished_child finished = run_to_end({.arguments = {FIRSTCOME_BINARY, "lab", "--strategies", "hope"}});
  EXPECT_EQ(finished.status, exited_with(2));
  EXPECT_NE(finished.err.find("sync-mutex-in-tx"), std::string::npos) << finished.err;
}

TEST(lab, says_which_store_cannot_be_reached) {
  // Both stores named, neither there: nothing is started, and the sentence says which one did not answer.
  const finished_child finished = run_to_end(
      {.arguments = {FIRSTCOME_BINARY, "lab", "--strategies", "sync-unsafe"},
       .environment = {{"FIRSTCOME_REDIS", "redis://127.0.0.1:1"}, {"FIRSTCOME_DATABASE", "mysql://x@127.0.0.1:1/x"}}});
  EXPECT_EQ(finished.status, exited_with(1));
  EXPECT_NE(finished.err.find("127.0.0.1:1"), std::string::npos) << finished.err;
}

TEST(lab, is_needed_for_a_strategy_that_does_not_serve) {
  const std::map<std::string, std::string> environment = {
      {"FIRSTCOME_REDIS", "redis://127.0.0.1:1"},
      {"FIRSTCOME_DATABASE", "mysql://x@127.0.0.1:1/x"},
      {"FIRSTCOME_ADMIN_TOKEN", "the-token-of-this-test-and-no-other"}};
  const finished_child finished =
      run_to_end({.arguments = {FIRSTCOME_BINARY, "api", "--strategy", "sync-unsafe"}, .environment = environment});
  EXPECT_EQ(finished.status, exited_with(2));
  EXPECT_NE(finished.err.find("--lab"), std::string::npos) << finished.err;
}

}  // namespace
}  // namespace firstcome::testing
