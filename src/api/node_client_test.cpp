#include "api/node_client.hpp"

#include <gmock/gmock.h>
#include <boost/json.hpp>

#include "lab/process/free_port.hpp"
#include "runtime/config.hpp"
#include "support/eventually.hpp"
#include "support/key_server.hpp"

namespace firstcome::api {
namespace {

using ::testing::HasSubstr;

/// A web server that says one thing to everybody.
class node_that_says : public testing::key_server {
 public:
  explicit node_that_says(const std::string& text, int status = 200) : key_server(text) { say(text, status); }
  std::string base() const { return url().substr(0, url().rfind('/')); }
  node_client client(std::chrono::milliseconds deadline = std::chrono::seconds(60)) const {
    return node_client(node_url::parse(base()), deadline);
  }
};

template <class Failure>
std::string why(const std::function<void()>& call) {
  try {
    call();
  } catch (const Failure& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another exception: ") + e.what();
  }
  return "no exception";
}

TEST(node_urls, are_of_a_node_or_of_the_gateway_before_it) {
  EXPECT_EQ(node_url::parse("http://127.0.0.1:8080/").base, "http://127.0.0.1:8080");
  EXPECT_EQ(node_url::parse("http://[::1]:8080").base, "http://[::1]:8080");
  EXPECT_EQ(node_url::parse("https://coupons.example").base, "https://coupons.example");
  for (const char* wrong : {"", "127.0.0.1:8080", "ftp://a", "http://", "http://a/b", "http://a?b", "http://a#b",
                            "http://u:p@a", "http://a:port", "http://a b"})
    EXPECT_THROW(node_url::parse(wrong), runtime::wrong_usage) << wrong;
}

TEST(node_client, gives_the_answer_or_the_nodes_reason) {
  node_that_says node(R"({"id":7})", 201);
  EXPECT_EQ(node.client().post("/v1/coupons", {{"title", "x"}}).at("id"), 7);
  node.say(R"({"code":"not_found","title":"Not found","detail":"there is no coupon 7"})", 404);
  EXPECT_EQ(why<node_refused>([&] { node.client().get("/v1/coupons/7"); }), "there is no coupon 7 (404 not_found)");
  node.say("<html>");
  EXPECT_THAT(why<node_refused>([&] { node.client().remove("/v1/coupons/7/issues/1"); }), HasSubstr("not JSON"));
  node.say("{}", 401);
  EXPECT_THAT(why<node_refused>([&] { node.client().patch("/v1/coupons/7", {}); }), HasSubstr("none was given"));
}

TEST(node_client, says_that_it_does_not_know_when_it_does_not) {
  node_that_says node(R"({"code":"unavailable","detail":"ask again"})", 503);
  EXPECT_THAT(why<node_unclear>([&] { node.client().get("/v1/coupons/7"); }), HasSubstr("ask again"));
  node.be_silent();
  const node_client hasty = node.client(std::chrono::milliseconds(20));
  EXPECT_THAT(why<node_unclear>([&] { hasty.get("/v1/coupons/7"); }), HasSubstr("did not answer in time"));
}

TEST(node_client, knows_that_nothing_was_done_where_nobody_listens) {
  const node_client client(node_url::parse("http://127.0.0.1:" + std::to_string(lab::free_port())));
  const auto create = [&] { client.create("/v1/coupons", {{"title", "x"}}); };
  EXPECT_THAT(why<node_refused>(create), HasSubstr("firstcome serve"));
  EXPECT_THAT(why<node_unclear>(create), HasSubstr("another exception"));
}

TEST(node_client, sends_a_creation_again_while_it_does_not_know) {
  node_that_says node("{}", 503);
  EXPECT_THAT(why<node_unclear>([&] { node.client().create("/v1/coupons", {{"title", "x"}}); }), HasSubstr("503"));
  EXPECT_EQ(node.asked(), 3);
}

TEST(node_client, sends_a_creation_no_more_when_its_time_is_over_before_the_next_attempt) {
  node_that_says node("{}", 503);
  const node_client hasty = node.client(std::chrono::milliseconds(900));  // less than lies between two attempts
  EXPECT_THAT(why<node_unclear>([&] { hasty.create("/v1/coupons", {{"title", "x"}}); }), HasSubstr("503"));
  EXPECT_EQ(node.asked(), 1);
}

}  // namespace
}  // namespace firstcome::api
