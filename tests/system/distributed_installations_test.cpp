// Whose Redis it is: a node of another ledger refuses to start, and installations with prefixes of their own share one.

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

class distributed_installations : public distributed_test {
 protected:
  /// Another ledger on the same database server.
  std::string other_ledger() {
    const std::string url = shape().mariadb().url(shape().mariadb().make_database());
    const finished_child done =
        run_to_end({.arguments = {firstcome_program(), "migrate"}, .environment = {{"FIRSTCOME_DATABASE", url}}});
    EXPECT_EQ(done.status, exited_with(0)) << done.err;
    return url;
  }

  finished_child run_node(const std::string& node, std::map<std::string, std::string> with) {
    with.merge(shape().environment());
    if (node == "worker") with.erase("FIRSTCOME_ADMIN_TOKEN");
    return run_to_end(
        {.arguments = {firstcome_program(), node, "--listen", "127.0.0.1:0"}, .environment = std::move(with)});
  }
};

TEST_F(distributed_installations, a_node_of_another_ledger_refuses_to_start) {
  start_shape({.apis = 1, .workers = 1});
  const std::string other = other_ledger();
  for (const char* node : {"api", "worker"}) {
    const finished_child left = run_node(node, {{"FIRSTCOME_DATABASE", other}});
    EXPECT_EQ(left.status, exited_with(1)) << left.err;
    EXPECT_THAT(left.err, HasSubstr("another ledger"));
    EXPECT_THAT(left.err, HasSubstr("--redis-prefix"));
  }
  shape().add_api();  // whoever has the same one starts
}

// Or a repair would build the other installation's gates from this ledger.
TEST_F(distributed_installations, an_audit_and_a_discard_of_another_ledger_touch_no_gate) {
  start_shape({.apis = 1, .workers = 1});
  const std::map<std::string, std::string> elsewhere{{"FIRSTCOME_DATABASE", other_ledger()},
                                                     {"FIRSTCOME_REDIS_PREFIX", "staging:"}};
  const std::int64_t ours = create({.quantity = 2});
  ASSERT_EQ(ours, create_coupon(shape().add_api(elsewhere), {.quantity = 5})) << "the same id in both ledgers";
  EXPECT_EQ(ask_for_issue(shape().api(), ours, 1).status, 202);
  EXPECT_TRUE(shape().drained(ours)) << shape().state_of(ours);
  const std::string epoch = shape().meta(ours, "epoch");
  std::map<std::string, std::string> mixed_up = shape().environment();
  mixed_up["FIRSTCOME_DATABASE"] = elsewhere.at("FIRSTCOME_DATABASE");  // and the prefix forgotten
  mixed_up.erase("FIRSTCOME_ADMIN_TOKEN");
  const std::string coupon = std::to_string(ours);
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"audit"},
           {"audit", "--repair"},
           {"dead-letters", "replay"},
           {"dead-letters", "discard", "--coupon", coupon, "--place", "1", "--reason", "by mistake"}}) {
    child_command what{.arguments = {firstcome_program()}, .environment = mixed_up};
    what.arguments.insert(what.arguments.end(), command.begin(), command.end());
    const finished_child left = run_to_end(what);
    EXPECT_EQ(left.status, exited_with(1)) << left.out << left.err;
    EXPECT_THAT(left.err, HasSubstr("another ledger"));
  }
  EXPECT_EQ(shape().meta(ours, "epoch"), epoch);
}

TEST_F(distributed_installations, a_repair_that_cannot_read_whose_redis_it_is_touches_no_gate) {
  start_shape({.apis = 1, .workers = 1});
  const std::int64_t ours = create({.quantity = 2});
  EXPECT_EQ(ask_for_issue(shape().api(), ours, 1).status, 202);
  EXPECT_TRUE(shape().drained(ours)) << shape().state_of(ours);
  shape().redis().ask({"ACL", "SETUSER", "blind", "on", ">secret", "~*", "&*", "+@all", "-get"});
  child_command what{.arguments = {firstcome_program(), "audit", "--repair"}, .environment = shape().environment()};
  what.environment["FIRSTCOME_REDIS"] = "redis://blind:secret@127.0.0.1:" + std::to_string(shape().redis().port());
  what.environment.erase("FIRSTCOME_ADMIN_TOKEN");
  const finished_child left = run_to_end(what);
  EXPECT_EQ(left.status, exited_with(1)) << left.out << left.err;
  EXPECT_THAT(left.err, HasSubstr("Redis does not say whose it is"));
}

TEST_F(distributed_installations, with_prefixes_of_their_own_they_share_a_redis) {
  start_shape({.apis = 1, .workers = 1});
  const std::map<std::string, std::string> elsewhere{{"FIRSTCOME_DATABASE", other_ledger()},
                                                     {"FIRSTCOME_REDIS_PREFIX", "staging:"}};
  server_under_test& staging = shape().add_api(elsewhere);
  shape().add_worker(elsewhere);
  const std::int64_t ours = create({.quantity = 2});
  const std::int64_t theirs = create_coupon(staging, {.quantity = 5});
  ASSERT_EQ(ours, theirs) << "the same id in both ledgers";
  for (std::int64_t user = 1; user <= 5; ++user) EXPECT_EQ(ask_for_issue(staging, theirs, user).status, 202);
  for (std::int64_t user = 11; user <= 12; ++user) EXPECT_EQ(ask_for_issue(shape().api(), ours, user).status, 202);
  EXPECT_EQ(ask_for_issue(shape().api(), ours, 13).code(), "sold_out");
  EXPECT_TRUE(shape().drained(ours)) << shape().state_of(ours);
  EXPECT_EQ(shape().rows(ours), 2);
  const auto row = [&] { return staging.client().get("/v1/coupons/" + std::to_string(theirs)); };
  EXPECT_TRUE(eventually([&] { return staging.client().get(issue_path(theirs, 1)).text("status") == "issued"; }))
      << row();
  EXPECT_EQ(row().number("issuedQuantity"), 5) << row();
}

}  // namespace
}  // namespace firstcome::testing
