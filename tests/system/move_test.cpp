// `firstcome move`: a shop outgrows its one machine.

#include <gmock/gmock.h>
#include <signal.h>

#include "sql/sqlite.hpp"
#include "support/distributed_test.hpp"
#include "support/eventually.hpp"
#include "support/ledger_database.hpp"
#include "support/old_shop.hpp"
#include "support/system_test.hpp"
#include "support/tcp_gate.hpp"

namespace firstcome::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

child_command move_command(const std::filesystem::path& folder, const std::string& database_url) {
  return {.arguments = {firstcome_program(), "move", "--data-dir", folder.string()},
          .environment = {{"FIRSTCOME_DATABASE", database_url}}};
}

class move_to_a_database : public ::testing::Test {
 protected:
  mariadb_server& server() { return shared_mariadb(); }
  finished_child move() { return run_to_end(move_command(folder_.path(), server().url(database_))); }
  std::int64_t count(const std::string& table) {
    return std::stoll(server().value("SELECT COUNT(*) FROM " + table, database_));
  }

  temporary_directory folder_;
  std::string database_ = server().make_database();
};

TEST_F(move_to_a_database, carries_every_row_and_says_so_again) {
  const old_shop shop = make_old_shop(folder_.path(), 12'000);
  const finished_child first = move();
  ASSERT_EQ(first.status, exited_with(0)) << first.err;
  EXPECT_THAT(first.out, HasSubstr("3 coupons, " + std::to_string(shop.issues) + " issues, 6 actions"));
  EXPECT_THAT(first.err, HasSubstr(std::to_string(shop.issues) + " of " + std::to_string(shop.issues) + " issues"));
  EXPECT_EQ(rows_in_database(server(), database_), rows_in_folder(folder_.path()));
  EXPECT_EQ(server().value("SELECT last_sequence FROM issue_cursors WHERE coupon_id = 1", database_), "5");
  const finished_child second = move();
  EXPECT_EQ(second.status, exited_with(0)) << second.err;
  EXPECT_THAT(second.out, HasSubstr("moved into this database before"));
  EXPECT_EQ(count("coupon_issues"), shop.issues);
}

TEST_F(move_to_a_database, that_is_not_empty_is_refused_with_what_is_in_it) {
  make_old_shop(folder_.path(), 10);
  database_ = make_ledger_database(server());
  database_ = database_.substr(database_.rfind('/') + 1);
  server().execute("INSERT INTO issue_cursors VALUES (7, 0, '', '0-0', 0)", database_);
  const finished_child refused = move();
  EXPECT_EQ(refused.status, exited_with(1));
  EXPECT_THAT(refused.err, AllOf(HasSubstr("not empty"), HasSubstr("1 rows in issue_cursors")));
  EXPECT_EQ(count("coupon_issues"), 0);
}

TEST_F(move_to_a_database, is_refused_while_the_node_runs_and_where_there_is_no_ledger) {
  const finished_child nothing = move();
  EXPECT_EQ(nothing.status, exited_with(1));
  EXPECT_THAT(nothing.err, HasSubstr("there is no ledger at"));
  server_under_test node({.data_dir = folder_.path()});
  const finished_child held = move();
  EXPECT_EQ(held.status, exited_with(1));
  EXPECT_THAT(held.err, HasSubstr(std::to_string(node.pid())));
  expect_clean_stop(node);
}

// A relay makes the way slow, so that there is a middle to be killed in.
TEST_F(move_to_a_database, goes_on_where_it_was_killed_unless_the_folder_was_used_in_between) {
  const old_shop shop = make_old_shop(folder_.path(), 30'000);
  tcp_gate way(server().port());
  way.delay(tcp_gate::direction::to_server, 20ms);
  std::string slow_url = server().url(database_);
  slow_url.replace(slow_url.find(std::to_string(server().port())), std::to_string(server().port()).size(),
                   std::to_string(way.port()));
  {
    child_process moving(move_command(folder_.path(), slow_url));
    EXPECT_TRUE(eventually([&] { return way.passed(tcp_gate::direction::to_server) > 1'000'000; }));
    EXPECT_TRUE(moving.running()) << "too fast to be killed in the middle";
    moving.send_signal(SIGKILL);
    EXPECT_EQ(moving.wait(30s), killed_by(SIGKILL));
  }
  EXPECT_TRUE(eventually([&] { return way.connections() == 0; }));
  const std::int64_t before = count("coupon_issues");
  EXPECT_GT(before, 0);
  EXPECT_LT(before, shop.issues);
  EXPECT_EQ(count("coupons"), 0) << "a node would take the beginning for the whole";

  const std::string used_again = folder_.path().string() + "/used-again";
  std::filesystem::create_directory(used_again);
  std::filesystem::copy_file(folder_.path() / "firstcome.db", used_again + "/firstcome.db");
  {
    sql::connection db(used_again + "/firstcome.db", sql::open_mode::read_write_create);
    db.execute("UPDATE coupon_issues SET date_used = date_issued + 1 WHERE user_id = 50");
  }
  const finished_child other = run_to_end(move_command(used_again, server().url(database_)));
  EXPECT_EQ(other.status, exited_with(1));
  EXPECT_THAT(other.err, HasSubstr("beginning of a move of another ledger"));
  EXPECT_EQ(count("coupon_issues"), before);

  const finished_child again = move();
  ASSERT_EQ(again.status, exited_with(0)) << again.err;
  EXPECT_THAT(again.out, HasSubstr("Went on with the move"));
  EXPECT_EQ(rows_in_database(server(), database_), rows_in_folder(folder_.path()));
}

class distributed_move : public distributed_test {};

TEST_F(distributed_move, nodes_go_on_where_the_one_machine_stood) {
  const temporary_directory folder;
  const old_shop shop = make_old_shop(folder.path(), 3'000);
  start_shape({.apis = 1, .workers = 1});
  const std::map<std::string, std::string> stores = shape().environment();
  const finished_child moved = run_to_end(move_command(folder.path(), stores.at("FIRSTCOME_DATABASE")));
  ASSERT_EQ(moved.status, exited_with(0)) << moved.err;
  const auto audit = [&] { return run_to_end({.arguments = {firstcome_program(), "audit"}, .environment = stores}); };
  EXPECT_EQ(audit().status, exited_with(0)) << audit().out;

  const auto insist = [&](std::int64_t coupon, std::int64_t user) {  // its gate may still be in the making
    http_response answer;
    eventually([&] { return (answer = ask_for_issue(shape().api(), coupon, user)).status != 503; });
    return answer;
  };
  const http_response again = insist(raw(shop.plain), 2'999);
  EXPECT_EQ(again.status, 200) << again;
  EXPECT_EQ(again.number("sequence"), 2'999);
  EXPECT_EQ(insist(raw(shop.plain), 5'000).number("sequence"), 3'001);
  EXPECT_TRUE(is_problem(insist(raw(shop.pool), 2), 409, "returned"));
  const http_response freed = insist(raw(shop.pool), 77);
  EXPECT_EQ(freed.status, 202) << freed;
  EXPECT_EQ(freed.number("sequence"), 6);
  EXPECT_TRUE(is_problem(insist(raw(shop.pool), 78), 409, "sold_out"));
  EXPECT_TRUE(is_problem(insist(raw(shop.paused), 9), 409, "paused"));

  http_client admin = shape().api().admin();
  const http_response used =
      admin.post(issue_path(raw(shop.pool), 1) + "/use", R"({"orderAmount":5000,"orderId":"A-1"})");
  EXPECT_EQ(used.text("status"), "used") << used;
  const boost::json::value trail = admin.get("/v1/actions").json();
  EXPECT_EQ(trail.at("items").as_array().size(), 6u);
  EXPECT_EQ(trail.at("items").at(0).at("actor"), "kim");
  ASSERT_TRUE(shape().drained(raw(shop.pool)));
  ASSERT_TRUE(shape().drained(raw(shop.plain)));
  EXPECT_EQ(audit().status, exited_with(0)) << audit().out;
}

}  // namespace
}  // namespace firstcome::testing
