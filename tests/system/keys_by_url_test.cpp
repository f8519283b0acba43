// A node that gets its issuer's keys over HTTP: the issuer changes its key while a crowd asks, and nobody is refused.

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/key_server.hpp"
#include "support/system_test.hpp"
#include "support/token_signer.hpp"

namespace firstcome::testing {
namespace {

using ::testing::HasSubstr;

std::string set_of(const std::vector<std::string>& keys) {
  std::string all;
  for (const std::string& key : keys) all += (all.empty() ? "" : ",") + key;
  return R"({"keys":[)" + all + "]}";
}

class signing_key {
 public:
  explicit signing_key(std::string id) : id_(std::move(id)) {}
  std::string jwk() const { return by_.rsa_jwk(id_); }
  std::string token(std::int64_t user) const {
    return by_.token(R"({"alg":"RS256","kid":")" + id_ + "\"}",
                     R"({"sub":")" + std::to_string(user) + R"(","exp":4102444800})", "RS256");
  }

 private:
  const std::string id_;
  const token_signer by_ = token_signer::rsa();
};

class keys_by_url : public system_test {
 protected:
  void start_with(const std::string& url, std::map<std::string, std::string> environment = {}) {
    start_server({.flags = {"--user-auth", "jwt", "--jwt-jwks-url", url}, .environment = std::move(environment)});
    coupon_ = create_coupon(server(), {.quantity = {}});
  }
  /// The server of a test with tokens takes none of the frame's own requests.
  void TearDown() override { EXPECT_EQ(server().terminate(), exited_with(0)) << server().err(); }

  http_response ask(const std::string& token) {
    return http_client(server().port(), token).post(issues_path(coupon_), "{}");
  }

  const signing_key old_{"old"}, next_{"next"};
  std::int64_t coupon_ = 0;
};

TEST_F(keys_by_url, change_under_load_without_one_refused_user) {
  constexpr int users_each = 60;  // while the issuer signs with the old key, with the next one, and without the old one
  key_server issuer(set_of({old_.jwk()}));
  start_with(issuer.url());
  std::atomic<const signing_key*> signs{&old_};
  std::atomic<std::int64_t> users{0};
  std::atomic<int> refused{0}, admitted{0};
  std::atomic<bool> over{false};
  const auto crowd = [&] {
    while (!over) {
      const http_response answer = ask(signs.load()->token(++users));
      if (answer.status == 201)
        ++admitted;
      else if (++refused == 1)
        ADD_FAILURE() << answer;
    }
  };
  std::vector<std::thread> askers;
  for (int i = 0; i < 4; ++i) askers.emplace_back(crowd);
  const auto some_are_in = [&] {
    const int enough = admitted + users_each;
    EXPECT_TRUE(eventually([&] { return admitted >= enough || refused > 0; }));
  };
  some_are_in();
  issuer.say(set_of({old_.jwk(), next_.jwk()}));
  signs = &next_;
  some_are_in();
  issuer.say(set_of({next_.jwk()}));
  server().send_signal(SIGHUP);
  EXPECT_TRUE(eventually([&] { return issuer.asked() >= 3; }));
  some_are_in();
  over = true;
  for (std::thread& one : askers) one.join();
  EXPECT_EQ(refused, 0);
  EXPECT_TRUE(eventually([&] { return ask(old_.token(1)).status == 401; }))
      << "the old key is gone, and with it what was remembered of its tokens";
}

TEST_F(keys_by_url, stay_while_the_issuer_is_away) {
  {
    key_server issuer(set_of({old_.jwk()}));
    start_with(issuer.url());
  }
  server().send_signal(SIGHUP);
  EXPECT_TRUE(eventually([&] {
    return server().err().find("keys for users' tokens stay as they were") != std::string::npos;
  })) << server().err();
  EXPECT_EQ(ask(old_.token(1)).status, 201);
  EXPECT_EQ(ask(next_.token(2)).status, 401);
}

/// OpenSSL's own server, which sends the files of its folder.
class https_issuer {
 public:
  explicit https_issuer(const std::string& text) : certificates_("127.0.0.1") {
    std::ofstream(folder_.path() / "keys.json") << text;
    server_.emplace(child_command{.arguments = {"/usr/bin/openssl", "s_server", "-accept", "127.0.0.1:0", "-WWW",
                                                "-cert", certificates_.cert(), "-key", certificates_.key()},
                                  .stdout_file = folder_.path() / "out",
                                  .stderr_file = folder_.path() / "err",
                                  .working_directory = folder_.path()});
  }
  /// Empty when it does not come up.
  std::string url() const {
    constexpr std::string_view before = "ACCEPT 127.0.0.1:";
    std::string port;
    eventually([&] {
      const std::string said = text_of(folder_.path() / "out");
      const std::size_t at = said.find(before), end = said.find('\n', at);
      if (at == std::string::npos || end == std::string::npos) return false;
      port = said.substr(at + before.size(), end - at - before.size());
      return true;
    });
    return port.empty() ? "" : "https://127.0.0.1:" + port + "/keys.json";
  }
  std::string authorities() const { return certificates_.ca(); }

 private:
  const temporary_directory folder_;
  const certificates certificates_;
  std::optional<child_process> server_;
};

TEST_F(keys_by_url, come_over_https_from_a_host_that_has_proven_its_name) {
  const https_issuer issuer(set_of({old_.jwk()}));
  start_with(issuer.url(), {{"SSL_CERT_FILE", issuer.authorities()}});
  EXPECT_EQ(ask(old_.token(1)).status, 201);
  EXPECT_EQ(ask(next_.token(2)).status, 401);
  const certificates others("127.0.0.1");
  const finished_child ended = run_to_end(
      {.arguments = {firstcome_program(), "serve", "--listen", "127.0.0.1:0", "--user-auth", "jwt", "--jwt-jwks-url",
                     issuer.url()},
       .environment = {{"SSL_CERT_FILE", others.ca()}, {"FIRSTCOME_DATA_DIR", server().data_dir().string() + "-2"}}},
      std::chrono::seconds(60));
  EXPECT_EQ(ended.status, exited_with(1));
  EXPECT_THAT(ended.err, HasSubstr("--jwt-jwks-url " + issuer.url()));
}

}  // namespace
}  // namespace firstcome::testing
