// The sub-commands of an operator against a node behind a gateway that ends TLS: who proves its name is talked to, and
// nobody else hears the token.

#include <gmock/gmock.h>

#include <optional>

#include "support/certificates.hpp"
#include "support/eventually.hpp"
#include "support/system_test.hpp"

namespace firstcome::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class tls_gateway {
 public:
  tls_gateway(std::uint16_t node_port, const certificates& by) {
    process_.emplace(
        child_command{.arguments = {"/usr/bin/python3", "-B", FIRSTCOME_SOURCE_DIR "/tests/system/tls_gateway.py",
                                    std::to_string(node_port), by.cert(), by.key()},
                      .stdout_file = folder_.path() / "port",
                      .stderr_file = folder_.path() / "err"});
    const auto listens = [&] { return text_of(folder_.path() / "port").ends_with('\n'); };
    if (!eventually(listens)) throw std::runtime_error("no gateway:\n" + text_of(folder_.path() / "err"));
    port_ = std::stoi(text_of(folder_.path() / "port"));
  }
  std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(port_);
  }

 private:
  const temporary_directory folder_;
  std::optional<child_process> process_;
  int port_ = 0;
};

class operators_over_https : public system_test {
 protected:
  finished_child coupon(std::vector<std::string> words, const std::string& url, const std::string& authorities) {
    words.insert(words.begin(), {FIRSTCOME_BINARY, "coupon"});
    words.insert(words.end(), {"--url", url, "--json"});
    std::map<std::string, std::string> environment{{"FIRSTCOME_ADMIN_TOKEN", server().admin_token()}};
    if (!authorities.empty()) environment["SSL_CERT_FILE"] = authorities;
    return run_to_end({.arguments = std::move(words), .environment = std::move(environment)}, patience);
  }
  std::size_t coupons_made() { return server().client().get("/v1/coupons").json().at("items").as_array().size(); }

  const std::vector<std::string> creation_{"create", "--title", "over TLS", "--quantity", "5", "--end", "+1d"};
  const certificates certificates_{"127.0.0.1"};
};

TEST_F(operators_over_https, are_served_by_whom_their_authorities_vouch_for) {
  const tls_gateway gateway(server().port(), certificates_);
  const finished_child made = coupon(creation_, gateway.url(), certificates_.ca());
  EXPECT_EQ(made.status, exited_with(0)) << made.err;
  EXPECT_THAT(made.out, HasSubstr("over TLS"));
  const finished_child paused = coupon({"pause", "1"}, gateway.url() + "/", certificates_.ca());
  EXPECT_EQ(paused.status, exited_with(0)) << paused.err;
  EXPECT_EQ(server().client().get("/v1/coupons/1").text("state"), "paused");
  const finished_child unknown = coupon({"show", "4711"}, gateway.url(), certificates_.ca());
  EXPECT_EQ(unknown.status, exited_with(1));
  EXPECT_THAT(unknown.err, HasSubstr("404")) << "what the node refuses is said as over http://";
}

TEST_F(operators_over_https, hear_what_to_do_when_nobody_vouches) {
  const tls_gateway gateway(server().port(), certificates_);
  const certificates others("127.0.0.1");
  for (const std::string& authorities : {others.ca(), certificates_.cert() + "-is-not-there"}) {
    const finished_child refused = coupon(creation_, gateway.url(), authorities);
    EXPECT_EQ(refused.status, exited_with(1)) << refused.out;
    EXPECT_THAT(refused.err, AllOf(HasSubstr(gateway.url()), HasSubstr("SSL_CERT_FILE"), HasSubstr("ca-certificates")));
  }
  const finished_child other_name = coupon(creation_, gateway.url("localhost"), certificates_.ca());
  EXPECT_EQ(other_name.status, exited_with(1)) << other_name.out;
  EXPECT_THAT(other_name.err, AllOf(HasSubstr("certificate of https://localhost"), HasSubstr("--url")));
  EXPECT_EQ(coupons_made(), 0U);
}

TEST_F(operators_over_https, hear_that_a_node_itself_speaks_http) {
  const std::string url = "https://127.0.0.1:" + std::to_string(server().port());
  const finished_child refused = coupon(creation_, url, certificates_.ca());
  EXPECT_EQ(refused.status, exited_with(1)) << refused.out;
  EXPECT_THAT(refused.err, AllOf(HasSubstr("cannot speak TLS with " + url), HasSubstr("http://")));
}

}  // namespace
}  // namespace firstcome::testing
