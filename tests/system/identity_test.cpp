// Users' tokens, made by implementations that are not ours (PyJWT, openssl), at a running node.

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include <fstream>
#include <sstream>

#include "support/eventually.hpp"
#include "support/system_test.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class identity : public system_test {
 protected:
  void SetUp() override {
    const finished_child made =
        run_to_end({.arguments = {"/usr/bin/python3", FIRSTCOME_SOURCE_DIR "/tests/system/make_tokens.py",
                                  folder_.path().string()},
                    .environment = {{"PYTHONDONTWRITEBYTECODE", "1"}}},
                   std::chrono::seconds(60));
    ASSERT_EQ(made.status, exited_with(0)) << made.err;
    tokens_ = boost::json::parse(text_of("tokens.json")).as_object();
  }
  /// The server of a test with tokens takes none of the frame's own requests.
  void TearDown() override { EXPECT_EQ(server().terminate(), exited_with(0)) << server().err(); }

  std::string text_of(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_.path() / name).rdbuf();
    return text.str();
  }
  std::string path_of(const std::string& name) const { return (folder_.path() / name).string(); }

  void start_with(std::vector<std::string> flags, std::map<std::string, std::string> environment = {}) {
    flags.insert(flags.end(), {"--user-auth", "jwt"});
    start_server({.flags = std::move(flags), .environment = std::move(environment)});
    coupon_ = create_coupon(server());
  }

  http_response ask(const std::string& token) {
    http_client client(server().port(), token);
    return client.post(issues_path(coupon_), "{}");
  }
  std::string token(const char* name) const { return std::string(tokens_.at(name).at("token").as_string()); }

  const temporary_directory folder_;
  boost::json::object tokens_;
  std::int64_t coupon_ = 0;
};

TEST_F(identity, takes_and_refuses_what_others_made) {
  start_with({"--jwt-jwks-file", path_of("keys.json"), "--jwt-issuer", "https://id.example", "--jwt-audience", "shop",
              "--jwt-audience", "coupons"},
             {{"FIRSTCOME_JWT_SECRET", text_of("secret")}});
  for (const auto& [name, one] : tokens_) {
    SCOPED_TRACE(std::string(name));
    const http_response answer = ask(token(std::string(name).c_str()));
    if (one.at("good").as_bool()) {
      EXPECT_TRUE(answer.status == 201 || answer.status == 200) << answer;
      EXPECT_THAT(answer.body, HasSubstr("\"userId\":42"));
    } else {
      EXPECT_TRUE(is_problem(answer, 401, "unauthorized"));
      EXPECT_THAT(answer.header("www-authenticate"), StartsWith("Bearer error=\"invalid_token\", error_description="));
    }
  }
  EXPECT_THAT(server().client().get("/metrics").body,
              HasSubstr("firstcome_token_refusals_total{reason=\"audience\"} 1\n"));
}

TEST_F(identity, takes_several_keys_in_pem) {
  start_with({"--jwt-public-key-file", path_of("rsa.pem")});
  EXPECT_EQ(ask(token("RS256")).status, 201);
  EXPECT_EQ(ask(token("ES256")).status, 200);
  EXPECT_EQ(ask(token("EdDSA")).status, 401);
}

TEST_F(identity, logs_why_at_debug_and_never_the_token) {
  start_with({"--jwt-public-key-file", path_of("rsa.pem"), "--log-level", "debug", "--log-format", "json"});
  const std::string expired = token("expired");
  EXPECT_EQ(ask(expired).status, 401);
  EXPECT_TRUE(eventually([&] { return server().err().find("\"reason\":\"expired\"") != std::string::npos; }))
      << server().err();
  EXPECT_EQ(server().err().find(expired.substr(0, 40)), std::string::npos);
}

/// A token that the program made, as its command prints it: the token, and the table for the file.
std::pair<std::string, std::string> made_token(const std::string& role) {
  const finished_child made =
      run_to_end({.arguments = {firstcome_program(), "token", "create", "--role", role, "--name", role + "-1"}},
                 std::chrono::seconds(30));
  EXPECT_EQ(made.status, exited_with(0)) << made.err;
  const std::size_t at = made.out.find(": ") + 2;
  return {made.out.substr(at, made.out.find('\n') - at), made.out.substr(made.out.find("[[token]]"))};
}

class roles : public system_test {
 protected:
  void write(const std::string& text) { std::ofstream(file_) << text; }
  int list_with(const std::string& token) {
    return http_client(server().port(), token).get(issues_path(coupon_)).status;
  }
  int use_with(const std::string& token, int user) {
    return http_client(server().port(), token).post(issue_path(coupon_, user) + "/use", R"({"orderAmount":1})").status;
  }

  const temporary_directory folder_;
  const std::filesystem::path file_ = folder_.path() / "tokens.toml";
  std::int64_t coupon_ = 0;
};

TEST_F(roles, come_from_a_file_that_is_read_again) {
  const auto [till, till_table] = made_token("till");
  const auto [viewer, viewer_table] = made_token("viewer");
  write(till_table);
  start_server({.flags = {"--tokens", file_.string()}});
  coupon_ = create_coupon(server());
  ASSERT_EQ(server().client().post(issues_path(coupon_), R"({"userId":1})").status, 201);

  EXPECT_EQ(use_with(till, 1), 200);
  EXPECT_TRUE(is_problem(http_client(server().port(), till).get(issues_path(coupon_)), 403, "forbidden"));
  EXPECT_EQ(list_with(viewer), 401);

  write(viewer_table);
  EXPECT_TRUE(eventually([&] { return list_with(viewer) == 200; })) << server().err();
  EXPECT_EQ(use_with(viewer, 1), 403);
  EXPECT_EQ(use_with(till, 1), 401) << "its table is gone from the file";

  write("[[token]]\nname = 1\n");
  server().send_signal(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    return server().err().find("the operators' tokens stay as they were") != std::string::npos;
  })) << server().err();
  EXPECT_EQ(list_with(viewer), 200);
}

TEST_F(roles, need_a_file_that_can_be_used) {
  write("[[token]]\nname = \"x\"\nrole = \"king\"\n");
  try {
    start_server({.flags = {"--tokens", file_.string()}});
    ADD_FAILURE() << "it started";
  } catch (const std::runtime_error& why) {
    EXPECT_THAT(why.what(), HasSubstr("till, viewer, operator or admin"));
  }
  start_server();
}

}  // namespace
}  // namespace firstcome::testing
