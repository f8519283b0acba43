// The sub-commands that a person types: coupon, audit, version, help.

#include <gmock/gmock.h>
#include <sched.h>
#include <sqlite3.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

finished_child firstcome(std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) {
  const temporary_directory nowhere;  // so that no ./data of the caller's is found
  arguments.insert(arguments.begin(), FIRSTCOME_BINARY);
  return run_to_end(
      {.arguments = std::move(arguments), .environment = std::move(environment), .working_directory = nowhere.path()});
}

class commands : public system_test {
 protected:
  finished_child on_coupons(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "coupon");
    arguments.insert(arguments.end(), {"--url", url(), "--token-file", (server().data_dir() / "admin.token").string()});
    return firstcome(std::move(arguments));
  }
  std::string url() { return "http://127.0.0.1:" + std::to_string(server().port()); }

  boost::json::object answer_of(const finished_child& finished) {
    EXPECT_EQ(finished.status, exited_with(0)) << finished.err;
    boost::system::error_code wrong;
    const boost::json::value value = boost::json::parse(finished.out, wrong);
    EXPECT_TRUE(value.is_object()) << finished.out << finished.err;
    return value.is_object() ? value.get_object() : boost::json::object();
  }

  finished_child audit() { return firstcome({"audit", "--data-dir", server().data_dir().string()}); }

  // Changes the ledger behind the server's back. The server must be down.
  void falsify(const std::string& sql) {
    sqlite3* ledger = nullptr;
    ASSERT_EQ(sqlite3_open(server().database().c_str(), &ledger), SQLITE_OK);
    char* wrong = nullptr;
    EXPECT_EQ(sqlite3_exec(ledger, sql.c_str(), nullptr, nullptr, &wrong), SQLITE_OK)
        << (wrong != nullptr ? wrong : "");
    sqlite3_close(ledger);
  }
};

TEST_F(commands, a_coupons_whole_life_on_the_command_line) {
  const auto made =
      answer_of(on_coupons({"create", "--title", "Launch 축하", "--quantity", "2", "--end", "+1d", "--json"}));
  const std::string id = std::to_string(made.at("id").as_int64());
  EXPECT_EQ(made.at("title").as_string(), "Launch 축하");
  EXPECT_EQ(made.at("state").as_string(), "open");
  EXPECT_EQ(ask_for_issue(server(), made.at("id").as_int64(), 1).status, 201);
  EXPECT_EQ(answer_of(on_coupons({"show", id, "--json"})).at("issuedQuantity").as_int64(), 1);
  EXPECT_EQ(answer_of(on_coupons({"pause", id, "--json"})).at("state").as_string(), "paused");
  EXPECT_TRUE(is_problem(ask_for_issue(server(), made.at("id").as_int64(), 2), 409, "paused"));
  EXPECT_EQ(answer_of(on_coupons({"resume", id, "--json"})).at("state").as_string(), "open");
  EXPECT_EQ(answer_of(on_coupons({"update", id, "--quantity", "unlimited", "--json"})).at("totalQuantity"), nullptr);
  EXPECT_EQ(answer_of(on_coupons({"list", "--json"})).at("items").as_array().size(), 1U);
  for (const char* command : {"show", "list"}) {
    const finished_child shown = command == std::string("show") ? on_coupons({"show", id}) : on_coupons({"list"});
    EXPECT_EQ(shown.status, exited_with(0)) << shown.err;
    EXPECT_THAT(shown.out, HasSubstr("Launch 축하"));
  }
}

TEST_F(commands, coupon_commands_that_fail_say_why_and_exit_with_1) {
  const finished_child unknown = on_coupons({"show", "4711"});
  EXPECT_EQ(unknown.status, exited_with(1)) << unknown.err;
  EXPECT_NE(unknown.err, "");
  const finished_child below =
      on_coupons({"create", "--title", "x", "--quantity", "5", "--start", "+2d", "--end", "+1d"});
  EXPECT_EQ(below.status, exited_with(1)) << below.err;
  const std::string wrong_token = "not-the-token-of-this-node-0123456789";
  const finished_child refused =
      firstcome({"coupon", "pause", "1", "--url", url()}, {{"FIRSTCOME_ADMIN_TOKEN", wrong_token}});
  EXPECT_EQ(refused.status, exited_with(1)) << refused.err;
  EXPECT_THAT(refused.err, Not(HasSubstr(wrong_token)));
  const finished_child nobody = firstcome({"coupon", "list", "--url", "http://127.0.0.1:1"});
  EXPECT_EQ(nobody.status, exited_with(1)) << nobody.err;
  EXPECT_THAT(nobody.err, HasSubstr("127.0.0.1:1"));
}

TEST_F(commands, coupon_commands_that_make_no_sense_exit_with_2) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"create"},
                                             {"create", "--title", "x", "--quantity", "many", "--end", "+1d"},
                                             {"create", "--title", "x", "--quantity", "5", "--end", "soon"},
                                             {"update", "1"},
                                             {"show"},
                                             {"show", "x"},
                                             {"destroy", "1"},
                                             {}})
    EXPECT_EQ(on_coupons(arguments).status, exited_with(2)) << ::testing::PrintToString(arguments);
  EXPECT_EQ(firstcome({"coupon", "list", "--url", "ftp://127.0.0.1"}).status, exited_with(2));
}

TEST_F(commands, a_token_that_is_not_taken_is_named_by_where_it_came_from) {
  const std::string wrong = "not-the-token-of-this-node-0123456789";
  const auto pause = [&](std::vector<std::string> more, std::map<std::string, std::string> environment) {
    std::vector<std::string> arguments{"coupon", "pause", "1", "--url", url()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const finished_child refused = firstcome(arguments, std::move(environment));
    EXPECT_EQ(refused.status, exited_with(1)) << refused.err;
    EXPECT_THAT(refused.err, AllOf(HasSubstr("401"), Not(HasSubstr(wrong))));
    return refused.err;
  };
  EXPECT_THAT(pause({}, {}), HasSubstr("none was given"));
  EXPECT_THAT(pause({}, {{"FIRSTCOME_ADMIN_TOKEN", wrong}}),
              HasSubstr("the token from the environment, FIRSTCOME_ADMIN_TOKEN"));
  const temporary_directory folder;
  const auto file = folder.path() / "some.token";
  std::ofstream(file) << wrong << "\n";
  std::filesystem::permissions(file, std::filesystem::perms(0600));
  EXPECT_THAT(pause({"--token-file", file.string()}, {}), HasSubstr("the token from " + file.string()));
}

TEST_F(commands, a_new_coupon_whose_time_is_over_is_warned_of) {
  const finished_child over = on_coupons({"create", "--title", "x", "--quantity", "5", "--start",
                                          "2020-01-01T00:00:00+09:00", "--end", "2020-01-02T00:00:00+09:00"});
  EXPECT_EQ(over.status, exited_with(0)) << over.err;
  EXPECT_THAT(over.err, AllOf(HasSubstr("warning"), HasSubstr("--end"), HasSubstr("+09:00")));
  EXPECT_EQ(on_coupons({"create", "--title", "x", "--quantity", "5", "--end", "+1d"}).err, "");
}

TEST_F(commands, what_the_node_refuses_is_said_in_the_names_of_the_flags) {
  const finished_child reversed =
      on_coupons({"create", "--title", "x", "--quantity", "5", "--start", "+2d", "--end", "+1d"});
  EXPECT_THAT(reversed.err, HasSubstr("--end must be after --start"));
}

TEST_F(commands, times_are_shown_in_the_zone_that_was_asked_for_and_as_they_were_typed) {
  const std::vector<std::string> create{"create",
                                        "--title",
                                        "Opening",
                                        "--quantity",
                                        "5",
                                        "--start",
                                        "2099-12-05T10:00:00+09:00",
                                        "--end",
                                        "2099-12-06T10:00:00+09:00"};
  const finished_child made = on_coupons(create);
  EXPECT_THAT(made.out, AllOf(HasSubstr("2099-12-05T10:00:00.000+09:00"), HasSubstr("2099-12-06T10:00:00.000+09:00")));
  for (const char* zone : {"Asia/Seoul", "+09:00"})
    EXPECT_THAT(on_coupons({"list", "--time-zone", zone}).out, HasSubstr("2099-12-05T10:00:00.000+09:00"));
  EXPECT_THAT(on_coupons({"show", "1", "--time-zone", "America/New_York"}).out,
              HasSubstr("2099-12-04T20:00:00.000-05:00"));
  EXPECT_THAT(on_coupons({"show", "1"}).out, HasSubstr("2099-12-05T01:00:00.000Z"));
  EXPECT_THAT(on_coupons({"show", "1", "--json", "--time-zone", "Asia/Seoul"}).out,
              HasSubstr("2099-12-05T01:00:00.000Z"));
  const finished_child nowhere = on_coupons({"show", "1", "--time-zone", "Asia/Soul"});
  EXPECT_EQ(nowhere.status, exited_with(2)) << nowhere.err;
  EXPECT_THAT(nowhere.err, HasSubstr("Asia/Seoul"));
}

TEST_F(commands, an_audit_of_books_that_agree_exits_with_0) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 3});
  for (int user = 1; user <= 4; ++user) ask_for_issue(server(), offer, user);
  const finished_child beside_the_server = audit();
  EXPECT_EQ(beside_the_server.status, exited_with(0)) << beside_the_server.out << beside_the_server.err;
  ASSERT_EQ(server().terminate(), exited_with(0));
  const finished_child after_it = audit();
  EXPECT_EQ(after_it.status, exited_with(0)) << after_it.out << after_it.err;
  server().start();
}

TEST_F(commands, an_audit_of_books_that_differ_exits_with_1_and_names_the_coupon) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 9});
  for (int user = 1; user <= 3; ++user) ask_for_issue(server(), offer, user);
  ASSERT_EQ(server().terminate(), exited_with(0));
  for (const char* change : {"UPDATE coupons SET issued_quantity = issued_quantity + 1",
                             "UPDATE coupons SET issued_quantity = issued_quantity - 2"}) {
    falsify(change);
    const finished_child differs = audit();
    EXPECT_EQ(differs.status, exited_with(1)) << differs.out << differs.err;
    EXPECT_THAT(differs.out + differs.err, HasSubstr("coupon " + std::to_string(offer)));
  }
  falsify("UPDATE coupons SET issued_quantity = 3");
  EXPECT_EQ(audit().status, exited_with(0));
  falsify("DELETE FROM coupon_issues WHERE user_id = 2");
  EXPECT_EQ(audit().status, exited_with(1));
  falsify("UPDATE coupons SET issued_quantity = 2");
  EXPECT_EQ(audit().status, exited_with(1)) << "the sequence has a gap";
  start_server();
}

TEST_F(commands, serve_refuses_books_that_differ_and_names_the_command_that_tells_more) {
  const std::int64_t offer = create_coupon(server(), {.quantity = 9});
  for (int user = 1; user <= 3; ++user) ask_for_issue(server(), offer, user);
  ASSERT_EQ(server().terminate(), exited_with(0));
  falsify("UPDATE coupons SET issued_quantity = 5");
  const std::string folder = server().data_dir().string();
  const finished_child refused = firstcome({"serve", "--listen", "127.0.0.1:0", "--data-dir", folder});
  EXPECT_EQ(refused.status, exited_with(1)) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("coupon " + std::to_string(offer) + " says that 5 are issued, and has 3"));
  EXPECT_THAT(refused.err, HasSubstr("firstcome audit --data-dir " + folder));
  EXPECT_EQ(firstcome({"audit", "--repair", "--data-dir", folder}).status, exited_with(0));
  server().start();
}

TEST_F(commands, actions_prints_the_trail_of_the_ledger_newest_first) {
  const std::string id = std::to_string(create_coupon(server(), {.quantity = 2, .title = "one, \"two\""}));
  create_coupon(server(), {.quantity = 2, .title = "another"});
  answer_of(on_coupons({"pause", id, "--json"}));
  const std::string folder = server().data_dir().string();
  const auto trail = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"actions", "--data-dir", folder});
    return firstcome(std::move(more));
  };
  const auto all = answer_of(trail({"--json"})).at("items").as_array();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].at("action"), "pause_coupon");
  EXPECT_EQ(all, server().admin().get("/v1/actions").json().at("items").as_array()) << "as the API has it";
  const auto of_one = answer_of(trail({"--json", "--coupon", id})).at("items").as_array();
  ASSERT_EQ(of_one.size(), 2U);
  EXPECT_EQ(of_one[1].at("action"), "create_coupon");
  EXPECT_EQ(answer_of(trail({"--json", "--limit", "1"})).at("items").as_array().size(), 1U);
  const finished_child table = trail({"--time-zone", "+09:00"});
  EXPECT_THAT(table.out, AllOf(HasSubstr("WHEN"), HasSubstr("pause_coupon"), HasSubstr("+09:00")));
  EXPECT_THAT(trail({"--csv"}).out,
              AllOf(StartsWith("id,dateCreated,actor,role,action,couponId,userId,before,after\r\n"),
                    HasSubstr(R"(one, \""two\"")")));
  EXPECT_EQ(trail({"--csv", "--json"}).status, exited_with(2));
  const finished_child nothing = firstcome({"actions"});
  EXPECT_EQ(nothing.status, exited_with(2));
  EXPECT_THAT(nothing.err, HasSubstr("no ledger"));
}

TEST_F(commands, an_audit_of_nothing_is_a_failure_and_makes_nothing) {
  const temporary_directory folder;
  const auto missing = folder.path() / "missing";
  const finished_child finished = firstcome({"audit", "--data-dir", missing.string()});
  EXPECT_NE(finished.status, exited_with(0));
  EXPECT_THAT(finished.err, HasSubstr(missing.string()));
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST(command_line, version_says_what_it_is) {
  const finished_child finished = firstcome({"version"});
  EXPECT_EQ(finished.status, exited_with(0));
  EXPECT_THAT(finished.out, StartsWith("firstcome " FIRSTCOME_VERSION));
}

std::string help_of(std::vector<std::string> command) {
  command.emplace_back("--help");
  const finished_child finished = firstcome(command);
  EXPECT_EQ(finished.status, exited_with(0)) << ::testing::PrintToString(command) << finished.err;
  EXPECT_GT(finished.out.size(), 80U) << ::testing::PrintToString(command);
  return finished.out;
}

TEST(command_line, an_api_node_has_as_many_loops_as_cpus) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  ASSERT_EQ(sched_getaffinity(0, sizeof allowed, &allowed), 0);
  const std::string loops = std::to_string(CPU_COUNT(&allowed));
  EXPECT_THAT(help_of({"api"}), HasSubstr("[default " + loops + ", FIRSTCOME_THREADS]"));
}

/// Below "Subcommands:", a word and what it does on a line.
std::vector<std::string> commands_named_in(const std::string& help) {
  std::vector<std::string> names;
  std::istringstream lines(help.substr(std::min(help.find("\nSubcommands:\n"), help.size())));
  std::string line;
  std::getline(lines, line);
  std::getline(lines, line);
  while (std::getline(lines, line) && line.starts_with("  ")) names.push_back(line.substr(2, line.find(' ', 2) - 2));
  return names;
}

/// Every command and every command of one, with its help; but the lab's, which is another program.
std::map<std::vector<std::string>, std::string> every_help() {
  std::map<std::vector<std::string>, std::string> found;
  for (const std::string& name : commands_named_in(help_of({}))) {
    if (name == "lab") continue;
    const std::string& help = found[{name}] = help_of({name});
    for (const std::string& own : commands_named_in(help)) found[{name, own}] = help_of({name, own});
  }
  return found;
}

/// The flag that a line of a help is about, or nothing.
std::string flag_of(std::string_view line) {
  if (!line.starts_with("  --")) return "";
  return std::string(line.substr(2, line.find_first_of(" ,", 2) - 2));
}

/// Flags with the variable that stands on their line, or below them before the next flag; empty without one.
std::map<std::string, std::string> variables_in(const std::string& help) {
  std::map<std::string, std::string> found;
  std::istringstream lines(help);
  for (std::string line, flag; std::getline(lines, line);) {
    if (const std::string next = flag_of(line); !next.empty()) found.try_emplace(flag = next);
    if (line.empty()) flag.clear();
    const std::size_t at = line.find("FIRSTCOME_");
    if (!flag.empty() && at != std::string::npos && line.ends_with(']'))
      found[flag] = line.substr(at, line.size() - at - 1);
  }
  return found;
}

TEST(command_line, every_help_names_the_variable_of_a_flag_that_has_one_anywhere) {
  const auto helps = every_help();
  for (const char* name : {"serve", "coupon", "backup", "restore", "migrate", "actions"})
    EXPECT_TRUE(helps.contains({name})) << name;
  EXPECT_TRUE(helps.contains({"coupon", "create"}));
  std::map<std::string, std::string> settings;
  for (const auto& [command, help] : helps)
    for (const auto& [flag, variable] : variables_in(help))
      if (!variable.empty()) settings[flag] = variable;
  EXPECT_EQ(settings["--data-dir"], "FIRSTCOME_DATA_DIR");
  EXPECT_EQ(settings["--token"], "FIRSTCOME_ADMIN_TOKEN");
  for (const auto& [command, help] : helps)
    for (const auto& [flag, variable] : variables_in(help)) {
      if (!settings.contains(flag)) continue;
      EXPECT_EQ(variable, settings[flag]) << flag << " of " << ::testing::PrintToString(command);
    }
}

TEST(command_line, a_command_of_a_command_names_the_settings_that_may_stand_there) {
  const std::string help = help_of({"coupon", "create"});
  EXPECT_THAT(help, HasSubstr("Settings of firstcome coupon, which may stand here too (its --help tells more):\n"));
  EXPECT_EQ(variables_in(help)["--url"], "FIRSTCOME_URL");
  EXPECT_EQ(variables_in(help_of({"dead-letters", "replay"}))["--redis"], "FIRSTCOME_REDIS");
}

TEST(command_line, nothing_or_nonsense_is_wrong_usage) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{}, {"dance"}, {"--dance"}}) {
    const finished_child finished = firstcome(arguments);
    EXPECT_EQ(finished.status, exited_with(2)) << finished.err;
    EXPECT_THAT(finished.err, HasSubstr("--help"));
  }
}

TEST(command_line, a_misspelt_word_is_answered_with_the_nearest_one) {
  struct slip {
    std::vector<std::string> typed;
    std::string said;
  };
  for (const slip& one :
       std::vector<slip>{{{"serv"}, "no sub-command serv; did you mean serve?"},
                         {{"start"}, "no sub-command start; did you mean serve?"},
                         {{"wroker", "--redis", "x"}, "did you mean worker?"},
                         {{"coupon", "lst"}, "firstcome coupon has no sub-command lst; did you mean list?"},
                         {{"coupon", "delete", "3"}, "firstcome coupon has no sub-command delete; there are create, "},
                         {{"coupon", "--url", "http://127.0.0.1:1", "shwo", "1"}, "did you mean show?"},
                         {{"coupon", "create", "--titel", "x"}, "has no flag --titel; did you mean --title?"},
                         {{"coupon", "list", "--lmit=3"}, "has no flag --lmit; did you mean --limit?"},
                         {{"serve", "--prot", "8080"}, "firstcome serve has no flag --prot; did you mean --listen?"},
                         {{"serve", "--thread=2"}, "did you mean --threads?"},
                         {{"serve", "--zebra"}, "firstcome serve has no flag --zebra\n"},
                         {{"--data-dir", "x", "serve"},
                          "--data-dir stands in the wrong place: it may stand behind `firstcome serve`"},
                         {{"api", "--databse", "x"}, "did you mean --database?"},
                         {{"worker", "--bacth-rows=3"}, "did you mean --batch-rows?"},
                         {{"migrate", "--reslove"}, "did you mean --resolve?"},
                         {{"audit", "--repare"}, "did you mean --repair?"},
                         {{"backup", "--data-dri", "x", "y"}, "did you mean --data-dir?"},
                         {{"restore", "--replase", "y"}, "did you mean --replace?"},
                         {{"dead-letters", "lsit"}, "did you mean list?"},
                         {{"actions", "--copon", "1"}, "did you mean --coupon?"},
                         {{"token", "create", "--rol", "till"}, "did you mean --role?"},
                         {{"show", "1"}, "firstcome has no sub-command show"},
                         {{"serve", "stray"}, "firstcome serve does not take \"stray\""}}) {
    const finished_child finished = firstcome(one.typed);
    EXPECT_EQ(finished.status, exited_with(2)) << finished.err;
    EXPECT_THAT(finished.err, AllOf(HasSubstr(one.said), HasSubstr("--help")));
  }
}

TEST(command_line, a_misspelt_variable_is_warned_of) {
  const finished_child finished =
      firstcome({"coupon", "list", "--url", "http://127.0.0.1:1"}, {{"FIRSTCOME_TIMEZONE", "Asia/Seoul"}});
  EXPECT_THAT(finished.err, HasSubstr("warning: FIRSTCOME_TIMEZONE in the environment is no setting, and is not used; "
                                      "did you mean FIRSTCOME_TIME_ZONE?"));
  EXPECT_THAT(finished.err, Not(HasSubstr("Asia/Seoul")));
  EXPECT_THAT(
      firstcome({"coupon", "list", "--url", "http://127.0.0.1:1"}, {{"FIRSTCOME_PORT", "tcp://10.0.0.1:80"}}).err,
      Not(HasSubstr("warning")));
}

TEST(command_line, a_date_that_is_none_is_answered_with_one_that_names_its_zone) {
  for (const char* wrong : {"2026-12-05 10:00", "2026-12-05T10:00:00", "2026-12-05T10:00:00+0900"}) {
    const finished_child finished = firstcome({"coupon", "create", "--title", "x", "--quantity", "1", "--end", wrong});
    EXPECT_EQ(finished.status, exited_with(2)) << finished.err;
    EXPECT_THAT(finished.err, AllOf(HasSubstr("--end"), HasSubstr("2026-07-01T09:00:00+09:00")));
  }
  EXPECT_THAT(firstcome({"coupon", "create", "--help"}).out, HasSubstr("+09:00"));
}

}  // namespace
}  // namespace firstcome::testing
