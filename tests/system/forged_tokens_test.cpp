// Who forges tokens cannot learn who holds a coupon: on a sold-out coupon a worthless signature hears "sold out", and
// holders and others hear the same, to the letter. At running nodes of both shapes.

#include <gmock/gmock.h>

#include <fstream>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/system_test.hpp"
#include "support/temporary_directory.hpp"
#include "support/token_signer.hpp"

namespace firstcome::testing {
namespace {

constexpr std::int64_t holder = 1, other = 2, real_loser = 3;

class issuer_and_forger {
 public:
  issuer_and_forger() { std::ofstream(file()) << issuer_.public_pem(); }

  std::string file() const { return (folder_.path() / "issuer.pem").string(); }
  std::vector<std::string> flags() const { return {"--user-auth", "jwt", "--jwt-public-key-file", file()}; }

  std::string real(std::int64_t user) const { return token(issuer_, user); }
  std::string forged(std::int64_t user) const { return token(forger_, user); }

 private:
  static std::string token(const token_signer& by, std::int64_t user) {
    return by.token(R"({"sub":")" + std::to_string(user) + R"(","exp":4102444800})", "RS256");
  }
  const temporary_directory folder_;
  const token_signer issuer_ = token_signer::rsa(), forger_ = token_signer::rsa();
};

http_response ask_with(std::uint16_t port, std::int64_t coupon, const std::string& token) {
  return http_client(port, token).post(issues_path(coupon), "{}");
}

/// What tells one answer from another. The date is of the second in which it was given.
std::string all_of(http_response answer) {
  answer.headers.erase("date");
  std::ostringstream text;
  text << answer;
  return text.str();
}

class forged_tokens : public system_test {
 protected:
  /// The server of a test with tokens takes none of the frame's own requests.
  void TearDown() override { EXPECT_EQ(server().terminate(), exited_with(0)) << server().err(); }
  const issuer_and_forger tokens_;
};

TEST_F(forged_tokens, sound_the_same_for_holders_and_others_of_a_sold_out_coupon) {
  start_server({.flags = tokens_.flags()});
  const std::int64_t coupon = create_coupon(server(), {.quantity = 1});
  const std::uint16_t port = server().port();
  EXPECT_TRUE(is_problem(ask_with(port, coupon, tokens_.forged(holder)), 401, "unauthorized")) << "while there is one";
  EXPECT_EQ(ask_with(port, coupon, tokens_.real(holder)).status, 201);
  const http_response loser = ask_with(port, coupon, tokens_.real(other));
  EXPECT_TRUE(is_problem(loser, 409, "sold_out"));
  EXPECT_EQ(all_of(ask_with(port, coupon, tokens_.forged(holder))), all_of(loser));
  EXPECT_EQ(all_of(ask_with(port, coupon, tokens_.forged(other))), all_of(loser));
  EXPECT_EQ(ask_with(port, coupon, tokens_.real(holder)).status, 200) << "and the holder still hears yes";
}

class forged_tokens_at_two_nodes : public distributed_test {
 protected:
  const issuer_and_forger tokens_;
};

// The node's right to say "sold out" by itself is a lease, which only who has proven who they are can bring back: so
// what others hear before and after says whether it held in between.
TEST_F(forged_tokens_at_two_nodes, sound_the_same_for_holders_and_others_while_the_node_knows_that_it_is_sold_out) {
  start_shape({.apis = 1, .workers = 1, .api_flags = tokens_.flags()});
  const std::int64_t coupon = create({.quantity = 1});
  const std::uint16_t port = shape().api().port();
  EXPECT_EQ(ask_with(port, coupon, tokens_.forged(holder)).status, 401);
  ASSERT_EQ(ask_with(port, coupon, tokens_.real(holder)).status, 202);
  int compared = 0;
  int lapsed = 0;  // on a machine that is busy with other things
  EXPECT_TRUE(eventually([&] {
    EXPECT_TRUE(is_problem(ask_with(port, coupon, tokens_.real(real_loser)), 409, "sold_out"));
    const http_response before = ask_with(port, coupon, tokens_.forged(other));
    const http_response in_between = ask_with(port, coupon, tokens_.forged(holder));
    const http_response after = ask_with(port, coupon, tokens_.forged(other));
    if (before.code() != "sold_out" || after.code() != "sold_out") return false;
    if (in_between.status == 401 && lapsed < 2) {  // the lease ended, and came back
      ++lapsed;
      return false;
    }
    EXPECT_EQ(all_of(in_between), all_of(before));
    return ++compared == 5;
  }));
  EXPECT_EQ(ask_with(port, coupon, tokens_.real(holder)).status, 200);
}

}  // namespace
}  // namespace firstcome::testing
