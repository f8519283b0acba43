// Workers that stop in mid-transaction and go on later, entries that cannot be decoded, and deliveries that come twice.

#include <signal.h>

#include <future>
#include <thread>

#include "support/distributed_test.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {
namespace {

using namespace std::chrono_literals;

class distributed_workers : public distributed_test {
 protected:
  void stop_workers() {
    for (std::size_t n = 0; n < shape().workers(); ++n) expect_clean_stop(shape().worker(n));
  }
  void start_workers() {
    for (std::size_t n = 0; n < shape().workers(); ++n) shape().worker(n).start();
  }
  void execute(const std::string& sql) { shape().mariadb().execute(sql, shape().database()); }

  /// The server shows an old picture to whoever looks more often than ten times a second.
  bool has_transaction(const std::string& where) {
    std::this_thread::sleep_for(150ms);
    return shape().mariadb().value("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE " + where) != "0";
  }
  /// A worker is in mid-transaction: it has written and not committed.
  bool in_transaction() { return has_transaction("trx_rows_modified > 0"); }

  /// From when it returns to `let_go`, whoever wants to raise the coupon's count waits.
  void hold_count(std::int64_t offer) {
    held_ = std::async(std::launch::async, [this, offer] {
      EXPECT_THROW(
          execute("UPDATE coupons SET title = IF(SLEEP(60), title, title) WHERE id = " + std::to_string(offer)),
          std::runtime_error);
    });
    EXPECT_TRUE(eventually([&] { return has_transaction("trx_rows_locked > 0 AND trx_query LIKE '%SLEEP%'"); }));
  }
  void let_go() {
    shape().mariadb().execute("KILL QUERY " +
                              shape().mariadb().value("SELECT trx_mysql_thread_id FROM information_schema."
                                                      "innodb_trx WHERE trx_query LIKE '%(SLEEP%'"));
    held_.get();
  }

  /// The queue's entries as they lie there: id, then names and values.
  using entry = std::vector<std::string>;
  std::vector<entry> queue_of(std::int64_t offer) {
    std::vector<entry> all;
    const redis::reply found = shape().ask_redis({"XRANGE", shape().key(offer, "queue"), "-", "+"});
    for (std::size_t n = 0; n < found.size(); ++n) {
      all.push_back({std::string(found[n][0].text())});
      for (std::size_t i = 0; i < found[n][1].size(); ++i) all.back().emplace_back(found[n][1][i].text());
    }
    return all;
  }
  void add_to_log(std::int64_t offer, const entry& what) {
    std::vector<std::string> words = {"XADD", shape().key(offer, "queue")};
    words.insert(words.end(), what.begin(), what.end());
    shape().redis().ask(words);
  }
  void write_log(std::int64_t offer, const std::vector<entry>& entries) {
    shape().redis().ask({"DEL", shape().key(offer, "queue")});
    for (const entry& one : entries) add_to_log(offer, one);
  }

  /// A crowd of 300 for plenty of coupons while no worker runs: their entries lie in the queue.
  std::vector<issue_answer> admit_300_without_workers(std::int64_t offer) {
    stop_workers();
    auto answers = shape().burst_until_answered(crowd(offer, 1, 300), {.connections = 32});
    EXPECT_EQ(count_winners(answers), 300U);
    EXPECT_GE(queue_of(offer).size(), 3U);
    return answers;
  }

 private:
  std::future<void> held_;
};

TEST_F(distributed_workers, one_stopped_in_mid_transaction_is_replaced_within_seconds_and_does_no_harm_later) {
  start_shape({.workers = 1});
  const std::int64_t offer = create({.quantity = 1'000});
  auto answers = shape().burst_until_answered(crowd(offer, 1, 100));
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  hold_count(offer);
  append(answers, shape().burst_until_answered(crowd(offer, 1'001, 400), {.connections = 32}));
  ASSERT_TRUE(eventually([&] { return in_transaction(); }));
  shape().worker(0).send_signal(SIGSTOP);
  ASSERT_TRUE(in_transaction()) << "the worker was not stopped in a transaction: the test tested nothing";
  let_go();

  server_under_test& other = shape().add_worker();
  EXPECT_TRUE(shape().drained(offer, 20s)) << "nobody took over: " << shape().state_of(offer);
  append(answers, shape().burst_until_answered(crowd(offer, 2'001, 200), {.connections = 32}));
  EXPECT_TRUE(shape().drained(offer, 20s)) << shape().state_of(offer);

  shape().worker(0).send_signal(SIGCONT);
  append(answers, shape().burst_until_answered(crowd(offer, 3'001, 1'000), {.connections = 32}));
  expect_clean_stop(other);
  expect_kept(answers, offer);  // by the one that was stopped, if need be
  EXPECT_EQ(shape().rows(offer), 1'000);
}

// Wherever it is stopped: between two batches, in the middle of one, with a commit on its way.
TEST_F(distributed_workers, some_stopped_at_any_instant_and_continued_keep_the_books_right) {
  std::mt19937 random(chosen_seed());
  start_shape({.worker_flags = {"--batch-rows", "20"}});
  for (int round = 0; round < 3; ++round) {
    const std::int64_t offer = create({.quantity = 1'500});
    const std::size_t first = random() % 3;
    burst_options options{.connections = 64};
    for (const std::size_t n : {first, (first + 1) % 3})
      options.disturbances.push_back({.after_answers = 100 + random() % 1'200,
                                      .and_then = std::chrono::microseconds(random() % 3'000),
                                      .act = [this, n] { shape().worker(n).send_signal(SIGSTOP); }});
    const auto answers =
        shape().burst_until_answered(crowd(offer, 1, 2'500, static_cast<std::uint32_t>(random())), options);
    EXPECT_TRUE(shape().drained(offer, 40s)) << "the third did not take over: " << shape().state_of(offer);
    for (const std::size_t n : {first, (first + 1) % 3}) shape().worker(n).send_signal(SIGCONT);
    expect_kept(answers, offer);
    EXPECT_EQ(shape().rows(offer), 1'500);
  }
}

TEST_F(distributed_workers, something_undecodable_among_good_entries_is_stepped_over) {
  const std::int64_t offer = create({.quantity = 1'000});
  auto answers = admit_300_without_workers(offer);
  const std::string last = queue_of(offer).back().front();
  add_to_log(offer, {last.substr(0, last.find('-')) + "-1", "garbage", "of somebody else"});
  append(answers, shape().burst_until_answered(crowd(offer, 301, 100)));
  start_workers();
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 400);
  EXPECT_EQ(shape().dead_letters(offer), 0);
}

// The gate knows who they are.
TEST_F(distributed_workers, the_users_of_an_undecodable_entry_are_issued_all_the_same) {
  const std::int64_t offer = create({.quantity = 1'000});
  auto answers = admit_300_without_workers(offer);
  auto entries = queue_of(offer);
  entries[entries.size() / 2] = {entries[entries.size() / 2].front(), "s", "not a number", "u", ""};
  write_log(offer, entries);
  start_workers();
  append(answers, shape().burst_until_answered(crowd(offer, 301, 100)));
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 400);
  EXPECT_EQ(shape().dead_letters(offer), 0);
}

TEST_F(distributed_workers, a_place_that_nobody_can_be_found_for_becomes_a_dead_letter_and_the_rest_is_issued) {
  const std::int64_t offer = create({.quantity = 1'000});
  const auto answers = admit_300_without_workers(offer);
  auto entries = queue_of(offer);
  entry& damaged = entries[1];
  const std::string users = damaged.back();
  const std::string lost = users.substr(0, users.find(','));
  const std::string record = shape().redis().ask({"HGET", shape().key(offer, "users"), lost});
  damaged = {damaged.front(), "?", "?"};
  write_log(offer, entries);
  shape().redis().ask({"HDEL", shape().key(offer, "users"), lost});
  shape().redis().ask({"HSET", shape().key(offer, "users"), "-1", record});
  start_workers();
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  EXPECT_EQ(shape().rows(offer), 299);
  EXPECT_EQ(shape().dead_letters(offer), 1);
  EXPECT_EQ(lost_answers(answers, shape().ledger()).size(), 1U);
  EXPECT_EQ(shape().wrong_books(), std::vector<std::string>{});
}

// It keeps its place, and its user goes on hearing that it was accepted.
TEST_F(distributed_workers, a_row_that_the_database_refuses_becomes_a_dead_letter_and_the_rest_is_issued) {
  const std::int64_t offer = create({.quantity = 1'000});
  execute("ALTER TABLE coupon_issues ADD CONSTRAINT not_user_150 CHECK (user_id <> 150)");
  const auto answers = shape().burst_until_answered(crowd(offer, 1, 300), {.connections = 32});
  EXPECT_EQ(count_winners(answers), 300U);
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  EXPECT_EQ(shape().rows(offer), 299);
  EXPECT_EQ(shape().dead_letters(offer), 1);
  const http_response again = ask_for_issue(shape().api(), offer, 150);
  EXPECT_EQ(again.status, 200) << again;
  EXPECT_EQ(again.text("status"), "accepted") << again;
  const http_response found = shape().api(1).client().get(issue_path(offer, 150));
  EXPECT_EQ(found.text("status"), "accepted") << found;
  EXPECT_EQ(found.number("sequence"), again.number("sequence"));
  EXPECT_EQ(ask_for_issue(shape().api(), offer, 1'000).number("sequence"), 301);
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  EXPECT_EQ(shape().rows(offer), 300);
}

// Nobody can ever write it: an operator gives the place up, and the coupon goes on around it.
TEST_F(distributed_workers, a_place_that_can_never_be_written_is_given_up_and_the_gate_is_built_around_it) {
  const std::int64_t offer = create({.quantity = 1'000});
  execute("ALTER TABLE coupon_issues ADD CONSTRAINT not_user_150 CHECK (user_id <> 150)");
  EXPECT_EQ(count_winners(shape().burst_until_answered(crowd(offer, 1, 300), {.connections = 32})), 300U);
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  ASSERT_EQ(shape().dead_letters(offer), 1);

  const auto run = [&](std::vector<std::string> words) {
    words.insert(words.begin(), firstcome_program());
    return run_to_end({.arguments = std::move(words),
                       .environment = {{"FIRSTCOME_REDIS", shape().redis().url()},
                                       {"FIRSTCOME_DATABASE", shape().mariadb().url(shape().database())}}});
  };
  const std::string letter = shape().mariadb().value("SELECT id FROM issue_dead_letters", shape().database());
  const finished_child unsaid = run({"dead-letters", "discard", "--letter", letter});
  EXPECT_EQ(unsaid.status, exited_with(2)) << "it wants a reason";
  const std::vector<std::string> discard{"dead-letters", "discard", "--letter", letter, "--reason", "account closed"};
  const finished_child done = run(discard);
  EXPECT_EQ(done.status, exited_with(0)) << done.out << done.err;
  EXPECT_EQ(run(discard).status, exited_with(1)) << "it is closed";
  const finished_child trail = run({"actions", "--json", "--coupon", std::to_string(offer), "--limit", "1"});
  EXPECT_NE(trail.out.find(R"("action":"discard_dead_letter")"), std::string::npos) << trail.out << trail.err;
  EXPECT_NE(trail.out.find(R"("userId":150)"), std::string::npos) << trail.out;
  EXPECT_NE(trail.out.find("account closed"), std::string::npos) << trail.out;
  EXPECT_EQ(shape().mariadb().value("SELECT COUNT(*) FROM operator_actions WHERE action = 'discard_dead_letter'",
                                    shape().database()),
            "1");

  const finished_child books = run({"audit"});
  EXPECT_EQ(books.status, exited_with(0)) << books.out << books.err;
  EXPECT_NE(books.out.find("places given up: 1"), std::string::npos) << books.out;
  EXPECT_EQ(shape().api(1).client().get(issue_path(offer, 150)).status, 404);

  execute("ALTER TABLE coupon_issues DROP CONSTRAINT not_user_150");
  const http_response again = ask_for_issue(shape().api(), offer, 150);
  EXPECT_EQ(again.number("sequence"), 301) << again;
  EXPECT_TRUE(eventually([&] { return shape().rows(offer) == 300; }));
  EXPECT_EQ(shape().wrong_books(), std::vector<std::string>{});
}

// An entry that comes a second time breaks the chain: the gate is compared with the ledger and built anew, and nobody
// gets two or another place.
TEST_F(distributed_workers, an_entry_that_is_delivered_twice_is_issued_once) {
  const std::int64_t offer = create({.quantity = 1'000});
  auto answers = admit_300_without_workers(offer);
  auto entries = queue_of(offer);
  entry twice = entries.front();
  const std::string last = entries.back().front();
  twice.front() = last.substr(0, last.find('-')) + "-7";
  add_to_log(offer, twice);
  start_workers();
  append(answers, shape().burst_until_answered(crowd(offer, 301, 900)));
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 1'000);
}

// Entries that were moved already are read again, as after a worker's death between its commit and its trim.
TEST_F(distributed_workers, a_queue_that_was_moved_already_is_not_moved_again) {
  const std::int64_t offer = create({.quantity = 1'000});
  auto answers = admit_300_without_workers(offer);
  const auto entries = queue_of(offer);
  start_workers();
  ASSERT_TRUE(shape().drained(offer)) << shape().state_of(offer);
  stop_workers();
  append(answers, shape().burst_until_answered(crowd(offer, 301, 100)));
  auto all = entries;
  for (const entry& one : queue_of(offer)) all.push_back(one);
  write_log(offer, all);
  start_workers();
  expect_kept(answers, offer);
  EXPECT_EQ(shape().rows(offer), 400);
}

}  // namespace
}  // namespace firstcome::testing
