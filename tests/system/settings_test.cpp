// Where settings come from, what is refused before anything starts, and what is never written to the log.

#include <gmock/gmock.h>
#include <boost/json/parse.hpp>

#include <fstream>
#include <sstream>

#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class settings : public system_test {
 protected:
  std::filesystem::path file_with(const std::string& text) {
    const auto file = folder_.path() / "firstcome.toml";
    std::ofstream(file) << text;
    return file;
  }

  finished_child serve(std::vector<std::string> flags, std::map<std::string, std::string> environment = {}) {
    child_command command{.arguments = {FIRSTCOME_BINARY, "serve"},
                          .environment = std::move(environment),
                          .working_directory = folder_.path()};
    command.arguments.insert(command.arguments.end(), flags.begin(), flags.end());
    return run_to_end(command);
  }

  // Wrong usage: exit code 2, and a message that says which setting and what it was; and nothing was made or started.
  void expect_wrong_usage(const finished_child& finished, const std::vector<std::string>& named) {
    ASSERT_TRUE(finished.status.has_value()) << "it started";
    EXPECT_EQ(*finished.status, exited_with(2)) << finished.err;
    for (const std::string& name : named) EXPECT_THAT(finished.err, HasSubstr(name));
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "data")) << "it made its data folder before it looked";
  }

  // The members of the log's line that says where it listens.
  static boost::json::object listening_line(const std::string& log) {
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
      boost::system::error_code wrong;
      const boost::json::value parsed = boost::json::parse(line, wrong);
      if (!wrong && parsed.is_object() && line.find("\"listening\"") != line.npos) return parsed.get_object();
    }
    return {};
  }

  static std::int64_t threads_of(server_under_test& started) {
    const boost::json::object line = listening_line(started.err());
    return line.contains("threads") ? line.at("threads").as_int64() : -1;
  }

  temporary_directory folder_;
};

TEST_F(settings, come_from_the_flag_then_the_environment_then_the_file) {
  const std::string file = file_with("[serve]\nthreads = 2\n").string();
  start_server({.flags = {"--config", file}});
  EXPECT_EQ(threads_of(server()), 2) << server().err();
  start_server({.flags = {"--config", file}, .environment = {{"FIRSTCOME_THREADS", "3"}}});
  EXPECT_EQ(threads_of(server()), 3) << server().err();
  start_server({.flags = {"--config", file, "--threads", "4"}, .environment = {{"FIRSTCOME_THREADS", "3"}}});
  EXPECT_EQ(threads_of(server()), 4) << server().err();
}

TEST_F(settings, that_are_wrong_are_named_with_what_they_were) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"--threads", "0"},           {"--threads", "many"},           {"--threads", "1.5"},
      {"--listen", "nowhere:port"}, {"--listen", "127.0.0.1:70000"}, {"--max-connections", "0"},
      {"--max-waiting", "-1"},      {"--request-timeout-ms", "5s"},  {"--idle-timeout-ms", "1e3"},
      {"--drain-timeout-ms", "-1"}, {"--user-auth", "magic"},        {"--log-format", "xml"},
      {"--log-level", "loud"}};
  for (const auto& [flag, value] : wrong) {
    SCOPED_TRACE(flag + " " + value);
    expect_wrong_usage(serve({flag + "=" + value}), {flag, value});
  }
}

TEST_F(settings, that_are_wrong_in_the_environment_or_the_file_say_so) {
  expect_wrong_usage(serve({}, {{"FIRSTCOME_THREADS", "many"}}), {"FIRSTCOME_THREADS", "many"});
  expect_wrong_usage(serve({"--config", file_with("[serve]\nthreads = \"many\"\n").string()}),
                     {"threads", "firstcome.toml"});
  expect_wrong_usage(serve({"--config", file_with("[serve]\nthread = 2\n").string()}), {"thread", "firstcome.toml"});
  expect_wrong_usage(serve({"--config", file_with("[serve\nthreads = 2\n").string()}), {"firstcome.toml"});
  expect_wrong_usage(serve({"--config", (folder_.path() / "missing.toml").string()}), {"missing.toml"});
}

TEST_F(settings, that_nobody_knows_are_refused) {
  expect_wrong_usage(serve({"--no-such-flag"}), {"--no-such-flag"});
  expect_wrong_usage(serve({"stray"}), {"stray"});
}

TEST_F(settings, a_data_folder_that_is_a_file_is_refused) {
  const std::string file = file_with("").string();
  expect_wrong_usage(serve({"--data-dir", file}), {"--data-dir", file});
}

TEST_F(settings, trusted_user_ids_beyond_this_machine_must_be_asked_for) {
  expect_wrong_usage(serve({"--listen", "0.0.0.0:0"}), {"--listen", "--trust-user-ids"});
  expect_wrong_usage(serve({"--listen", "[::]:0"}), {"--listen", "--trust-user-ids"});
  start_server({.flags = {"--trust-user-ids"}, .listen = "0.0.0.0:0"});
  EXPECT_EQ(ask_for_issue(server(), coupon(), next_user()).status, 201);
}

TEST_F(settings, a_key_that_no_token_could_be_checked_with_is_wrong_usage) {
  const std::string file = file_with("-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----\n").string();
  expect_wrong_usage(serve({"--user-auth", "jwt", "--jwt-algorithm", "ES256", "--jwt-public-key-file", file}),
                     {"--jwt-public-key-file", file});
  expect_wrong_usage(serve({"--user-auth", "jwt"}, {{"FIRSTCOME_JWT_SECRET", "short"}}), {"--jwt-secret"});
  expect_wrong_usage(serve({"--user-auth", "jwt", "--jwt-jwks-url", "http://id.example/keys"}),
                     {"--jwt-jwks-url", "http://id.example/keys", "https://"});
}

TEST_F(settings, a_port_that_is_taken_is_a_failure_that_names_it) {
  const std::string taken = "127.0.0.1:" + std::to_string(server().port());
  const finished_child second = serve({"--listen", taken, "--data-dir", (folder_.path() / "other").string()});
  EXPECT_EQ(second.status, exited_with(1)) << second.err;
  EXPECT_THAT(second.err, AllOf(HasSubstr(taken), HasSubstr("another program listens there"), HasSubstr("--listen")));
}

TEST_F(settings, an_address_that_is_not_of_this_machine_is_a_failure_that_says_so) {
  const finished_child elsewhere = serve({"--listen", "192.0.2.1:0", "--trust-user-ids"});
  EXPECT_EQ(elsewhere.status, exited_with(1)) << elsewhere.err;
  EXPECT_THAT(elsewhere.err, AllOf(HasSubstr("192.0.2.1:0"), HasSubstr("this machine has no such address")));
}

TEST_F(settings, an_admin_token_that_could_be_guessed_is_refused) {
  const std::string token(31, 't');
  const finished_child short_one = serve({}, {{"FIRSTCOME_ADMIN_TOKEN", token}});
  expect_wrong_usage(short_one, {"FIRSTCOME_ADMIN_TOKEN", "32", "openssl rand -hex 32"});
  EXPECT_THAT(short_one.err, Not(HasSubstr(token)));
}

TEST_F(settings, a_variable_that_is_misspelt_is_warned_of_in_the_log) {
  start_server({.environment = {{"FIRSTCOME_TREADS", "2"}}});
  EXPECT_EQ(ask_for_issue(server(), coupon(), next_user()).status, 201);
  EXPECT_THAT(server().err(),
              HasSubstr("FIRSTCOME_TREADS in the environment is no setting, and is not used; did you mean "
                        "FIRSTCOME_THREADS?"));
}

TEST_F(settings, a_port_file_that_cannot_be_written_is_a_failure_that_names_it) {
  const finished_child finished = serve({"--listen", "127.0.0.1:0", "--port-file", "/no/such/dir/port"});
  EXPECT_EQ(finished.status, exited_with(1)) << finished.err;
  EXPECT_THAT(finished.err, AllOf(HasSubstr("--port-file"), HasSubstr("/no/such/dir/port")));
}

TEST_F(settings, the_admin_token_is_made_once_and_only_its_owner_may_read_it) {
  const auto file = server().data_dir() / "admin.token";
  ASSERT_TRUE(std::filesystem::exists(file));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(file).permissions(), perms::owner_read | perms::owner_write);
  EXPECT_GE(server().admin_token().size(), 32U);
  server_under_test other;
  EXPECT_NE(other.admin_token(), server().admin_token());
}

TEST_F(settings, nothing_in_the_data_folder_is_open_to_others) {
  const auto open_folder = folder_.path() / "open";
  std::filesystem::create_directory(open_folder);
  std::filesystem::permissions(open_folder, std::filesystem::perms(0755));
  start_server({.data_dir = open_folder});
  EXPECT_EQ(ask_for_issue(server(), coupon(), next_user()).status, 201);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(open_folder)) {
    ++files;
    EXPECT_EQ(entry.status().permissions() & std::filesystem::perms(0077), std::filesystem::perms::none) << entry;
  }
  EXPECT_GE(files, 3) << "the ledger, its log and the token";
}

TEST_F(settings, an_admin_token_from_the_environment_is_the_one_that_counts) {
  const std::string token = "a-token-of-the-operators-own-choice-0123456789";
  start_server({.environment = {{"FIRSTCOME_ADMIN_TOKEN", token}}});
  http_client with_it(server().port(), token);
  EXPECT_EQ(with_it.get("/v1/coupons/1/issues").status, 404);
  EXPECT_FALSE(std::filesystem::exists(server().data_dir() / "admin.token"));
  ASSERT_EQ(server().terminate(), exited_with(0));
  EXPECT_THAT(server().err(), Not(HasSubstr(token)));
  server().start({});
}

TEST_F(settings, a_secret_given_as_a_flag_is_warned_of_and_wiped) {
  const std::string token = "a-token-that-everybody-could-see-0123456789";
  start_server({.flags = {"--admin-token", token}});
  EXPECT_THAT(text_of("/proc/" + std::to_string(server().pid()) + "/cmdline"), Not(HasSubstr(token)));
  EXPECT_THAT(server().err(), HasSubstr("admin-token"));
  EXPECT_THAT(server().err(), Not(HasSubstr(token)));
  ASSERT_EQ(server().terminate(), exited_with(0));
  start_server();
}

// As docs/operations.md lists them: what is busy can be seen from outside.
TEST_F(settings, threads_have_the_names_of_what_they_do) {
  start_server();
  const auto names = [this] {
    std::string all;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(server().pid()) + "/task"))
      all += text_of(thread.path() / "comm");
    return all;
  };
  EXPECT_TRUE(eventually([&] {
    const std::string all = names();
    return all.find("event-loop") != std::string::npos && all.find("ledger-writer") != std::string::npos;
  })) << names();
}

TEST_F(settings, no_secret_gets_into_the_log_even_with_every_request_in_it) {
  start_server({.flags = {"--access-log", "--log-level", "trace", "--log-format", "json"}});
  const std::string token = server().admin_token();
  const std::int64_t offer = create_coupon(server());
  EXPECT_EQ(server().admin().get(issues_path(offer)).status, 200);
  http_client stranger(server().port(), token + "0");
  EXPECT_EQ(stranger.get(issues_path(offer)).status, 401);
  EXPECT_TRUE(eventually([this] {
    return server().err().find(" 401") != std::string::npos || server().err().find(":401") != std::string::npos;
  })) << server().err();
  EXPECT_THAT(server().err(), Not(HasSubstr(token)));
  EXPECT_THAT(server().out(), Not(HasSubstr(token)));
}

TEST_F(settings, requests_are_logged_only_when_asked_for) {
  const std::string quiet = server().err();
  EXPECT_EQ(server().client().get("/v1/coupons/4711").status, 404);
  coupon();
  ASSERT_EQ(server().terminate(), exited_with(0));
  EXPECT_THAT(server().err(), Not(HasSubstr("4711")));
  start_server({.flags = {"--access-log"}});
  EXPECT_EQ(server().client().get("/v1/coupons/4712").status, 404);
  EXPECT_TRUE(eventually([this] { return server().err().find("4712") != std::string::npos; }));
}

TEST_F(settings, the_log_is_json_lines_when_it_goes_to_no_terminal) {
  coupon();
  ASSERT_EQ(server().terminate(), exited_with(0));
  std::istringstream lines(server().err());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    boost::system::error_code wrong;
    EXPECT_TRUE(boost::json::parse(line, wrong).is_object()) << line;
  }
  EXPECT_GT(count, 1);
  server().start();
}

}  // namespace
}  // namespace firstcome::testing
