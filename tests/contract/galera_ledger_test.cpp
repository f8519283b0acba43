// The shared ledger on two real Galera nodes that both take writes: what one node commits takes back what stands in its
// way at the other. A transaction that loses must lose whole, and say so.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "ledger/mysql/ledger.hpp"
#include "ledger/mysql/migration.hpp"
#include "support/cursor_overtaker.hpp"
#include "support/eventually.hpp"
#include "support/galera_cluster.hpp"
#include "support/ledger_database.hpp"
#include "support/shared_ledger_rows.hpp"

namespace firstcome::testing {
namespace {

using ledger::append_batch;
using ledger::append_outcome;
using ledger::mysql_ledger;
using ledger::queue_cursor;
using ::testing::Contains;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr sequence_number rows_per_batch = 3;

append_batch batch_after(coupon_id coupon, sequence_number last) {
  append_batch next{cursor_at(last), cursor_at(last + rows_per_batch), {}, {}};
  for (sequence_number s = last + 1; s <= last + rows_per_batch; ++s)
    next.rows.push_back({coupon, user_at(s), s, noon});
  return next;
}

class galera_ledger : public ::testing::Test {
 protected:
  std::string url_at(std::size_t node) { return cluster_.node(node).url(database_); }
  std::string one_value(std::size_t node, const std::string& sql) { return cluster_.node(node).value(sql, database_); }

  coupon_id make_coupon(mysql_ledger& ledger) {
    const coupon_id id = ledger.create({.title = "x", .window = {noon, noon + 24h}}, noon).value().id;
    const auto lock = ledger.lock(id, runtime::deadline::after(30s)).value();
    lock->set_cursor(cursor_at(0));
    lock->commit();
    return id;
  }
  int meet_at_a_coupon();

  galera_cluster cluster_;
  std::string database_ = [this] {
    const std::string url = make_ledger_database(cluster_.node(0));
    return url.substr(url.rfind('/') + 1);
  }();
};

struct tally {
  int committed = 0;
  int conflicts = 0;  // the server took the transaction back
  int unknown = 0;    // no answer came to a COMMIT: it is done whole, or not at all
};

/// A lock that rested for too long, a node that does not answer in time: a busy machine has such moments, and a worker
/// tries again. One that comes again and again, with nothing committed in between, is a fault.
class bounded_retries {
 public:
  /// Called while `why` is handled: throws it on when it is one too many.
  void note(const store_unavailable& why) {
    if (++in_a_row_ > at_most) throw;
    std::cout << "once more after: " << why.what() << std::endl;
    std::this_thread::sleep_for(100ms * in_a_row_);
  }
  void succeeded() { in_a_row_ = 0; }

 private:
  static constexpr int at_most = 20;
  int in_a_row_ = 0;
};

/// Moves the coupon's queue on as a worker does, beside others, until `last` is reached.
tally append_until(mysql_ledger& ledger, coupon_id id, sequence_number last) {
  tally seen;
  bounded_retries retries;
  while (true) {
    bool asked = false;
    try {
      const sequence_number there = ledger.cursor_of(id).value().last_sequence;
      if (there >= last) return seen;
      asked = true;
      const append_outcome outcome = ledger.append(id, batch_after(id, there));
      retries.succeeded();
      if (outcome == append_outcome::committed) {
        ++seen.committed;
      } else {
        seen.conflicts += outcome == append_outcome::overtaken;
        EXPECT_TRUE(outcome == append_outcome::overtaken || outcome == append_outcome::moved ||
                    outcome == append_outcome::busy)
            << static_cast<int>(outcome);
      }
    } catch (const ledger::transaction_conflict&) {
      ++seen.conflicts;
    } catch (const store_unavailable& e) {
      seen.unknown += asked;
      retries.note(e);
    }
  }
}

/// Raises the coupon's config_version by one, `times` over, as an operator's change does. One whose COMMIT had no
/// answer counts as unknown, and is not made again.
tally change(mysql_ledger& ledger, coupon_id id, int times) {
  tally seen;
  bounded_retries retries;
  while (seen.committed + seen.unknown < times) {
    bool committing = false;
    try {
      const auto lock = ledger.lock(id, runtime::deadline::after(5s));
      if (!lock) continue;
      coupon changed = (*lock)->row();
      ++changed.config_version;
      (*lock)->store(changed, noon);
      committing = true;
      (*lock)->commit();
      ++seen.committed;
      retries.succeeded();
    } catch (const ledger::transaction_conflict&) {
      ++seen.conflicts;
    } catch (const store_unavailable& e) {
      seen.unknown += committing;
      retries.note(e);
    }
  }
  return seen;
}

/// Two workers and two operators at a coupon, one of each at either node. How many conflicts there were; afterwards
/// both nodes must have every batch and every change.
int galera_ledger::meet_at_a_coupon() {
  constexpr sequence_number last = 600;
  constexpr int changes = 20;
  std::array<mysql_ledger, 2> ledgers = {mysql_ledger(ledger_at(url_at(0))), mysql_ledger(ledger_at(url_at(1)))};
  const coupon_id id = make_coupon(ledgers[0]);
  const std::int64_t version = ledgers[0].find_coupon(id)->config_version;
  std::array<tally, 2> moved, changed;
  {
    std::vector<std::jthread> all;
    for (const std::size_t node : {0, 1}) {
      all.emplace_back([&, node] { moved[node] = append_until(ledgers[node], id, last); });
      all.emplace_back([&, node] {
        mysql_ledger operators(ledger_at(url_at(node)));
        changed[node] = change(operators, id, changes);
      });
    }
  }
  const int batches = moved[0].committed + moved[1].committed;
  EXPECT_LE(batches * rows_per_batch, last);
  EXPECT_GE((batches + moved[0].unknown + moved[1].unknown) * rows_per_batch, last);
  EXPECT_EQ(ledgers[1].cursor_of(id), cursor_at(last));
  const std::int64_t changes_there = ledgers[0].find_coupon(id)->config_version - version;
  EXPECT_GE(changes_there, changed[0].committed + changed[1].committed) << "a change was answered and is not there";
  EXPECT_LE(changes_there, 2 * changes) << "a change was made twice";
  for (const std::size_t node : {0, 1}) {
    const std::string of_coupon = std::to_string(raw(id));
    EXPECT_TRUE(eventually([&] {
      return one_value(node, "SELECT issued_quantity FROM coupons WHERE id = " + of_coupon) == std::to_string(last);
    })) << "a count without its rows, or rows without their count";
    EXPECT_EQ(one_value(node, "SELECT CONCAT(COUNT(*), ' to ', MAX(sequence)) FROM coupon_issues WHERE coupon_id = " +
                                  of_coupon),
              std::to_string(last) + " to " + std::to_string(last));
  }
  return moved[0].conflicts + moved[1].conflicts + changed[0].conflicts + changed[1].conflicts;
}

/// FIRSTCOME_TEST_CONFLICTS: goes on until there were so many (docs/stores.md says how many have been seen).
TEST_F(galera_ledger, commits_that_meet_from_two_nodes_lose_no_statement) {
  const char* const wanted = std::getenv("FIRSTCOME_TEST_CONFLICTS");
  const int enough = wanted == nullptr ? 6 : std::stoi(wanted);
  int seen = 0;
  for (int round = 1; seen < enough && !HasFailure(); ++round) {
    seen += meet_at_a_coupon();
    if (round % 10 == 0 || seen >= enough) std::cout << round << " rounds, " << seen << " conflicts" << std::endl;
    ASSERT_LT(round, 10 + enough) << "the nodes do not meet: this tests nothing";
  }
}

/// The fault of a product that sends a transaction's statements as one text: what ran before the conflict is lost, and
/// the rest is kept.
TEST_F(galera_ledger, an_append_that_is_overtaken_between_two_statements_loses_whole) {
  constexpr sequence_number last = 3'000;
  mysql_ledger ledger(ledger_at(url_at(0)));
  const coupon_id id = make_coupon(ledger);
  tally seen;
  int commits = 0;
  {
    cursor_overtaker other(cluster_.node(1), database_);
    seen = append_until(ledger, id, last);
    commits = other.commits();
  }
  std::cout << seen.committed << " batches, " << seen.conflicts << " conflicts, " << commits << " commits of the other"
            << std::endl;
  EXPECT_GE(seen.conflicts, 1) << "they did not meet: this tests nothing";
  EXPECT_EQ(one_value(0,
                      "SELECT CONCAT(issued_quantity, ' of ', (SELECT COUNT(*) FROM coupon_issues WHERE coupon_id ="
                      " coupons.id)) FROM coupons WHERE id = " +
                          std::to_string(raw(id))),
            std::to_string(last) + " of " + std::to_string(last))
      << "a count without its rows, or rows without their count";
}

TEST_F(galera_ledger, what_one_node_has_committed_the_other_reads_at_once) {
  mysql_ledger at_first(ledger_at(url_at(0)));
  mysql_ledger at_second(ledger_at(url_at(1)));
  const coupon_id id = make_coupon(at_first);
  for (sequence_number last = 0; last < 50 * rows_per_batch; last += rows_per_batch) {
    ASSERT_EQ(at_first.append(id, batch_after(id, last)), append_outcome::committed);
    ASSERT_EQ(at_second.cursor_of(id), cursor_at(last + rows_per_batch));
  }
}

TEST_F(galera_ledger, two_migrations_at_two_nodes_take_turns_and_a_lock_that_was_left_is_named) {
  const std::string fresh = cluster_.node(0).make_database();
  ASSERT_TRUE(eventually([&] { return cluster_.node(1).value("SHOW DATABASES LIKE '" + fresh + "'") == fresh; }));
  std::vector<std::string> said;
  std::atomic<int> done = 0;
  std::mutex saying;
  const auto migrate_at = [&](std::size_t node) {
    sql::mysql_connection db(sql::parse_mysql_address(cluster_.node(node).url(fresh)), ledger::migration_timeouts());
    EXPECT_TRUE(db.is_galera());
    const auto report = ledger::migrate(db, {.say = [&](const std::string& text) {
                                          const std::lock_guard lock(saying);
                                          said.push_back(text);
                                        }});
    if (report.outcome == ledger::migration_outcome::done) ++done;
  };
  cluster_.node(0).execute("CREATE TABLE firstcome_migration_lock (id INT PRIMARY KEY)", fresh);
  {
    std::jthread at_second([&] { migrate_at(1); });
    EXPECT_TRUE(eventually([&] {
      const std::lock_guard lock(saying);
      return !said.empty();
    }));
    cluster_.node(0).execute("DROP TABLE firstcome_migration_lock", fresh);
    migrate_at(0);
  }
  EXPECT_THAT(said, Contains(HasSubstr("DROP TABLE firstcome_migration_lock")));
  EXPECT_EQ(done, 1) << "the other found nothing to do";
  EXPECT_EQ(cluster_.node(1).value("SHOW TABLES LIKE 'firstcome_migration_lock'", fresh), "");
}

}  // namespace
}  // namespace firstcome::testing
