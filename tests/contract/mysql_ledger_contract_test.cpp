// The two contract suites of the ledger, run against a real MariaDB.

#include <gtest/gtest.h>

#include "contract/ledger_contract.hpp"
#include "contract/shared_ledger_contract.hpp"
#include "ledger/mysql/ledger.hpp"
#include "support/ledger_database.hpp"

namespace firstcome::testing {
namespace {

using ledger::append_outcome;
using ledger::ledger_broken;
using ledger::mysql_ledger;
using ledger::queue_cursor;
using namespace std::chrono_literals;

class mysql_under_test final : public shared_ledger_under_test {
 public:
  mysql_under_test() {
    server().execute("CREATE TABLE refused (user_id BIGINT PRIMARY KEY)", database_);
    server().execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON coupon_issues FOR EACH ROW"
        " IF EXISTS (SELECT 1 FROM refused WHERE user_id = NEW.user_id) THEN"
        " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused by a test'; END IF",
        database_);
  }

  std::unique_ptr<ledger::shared_ledger> open() override { return std::make_unique<mysql_ledger>(ledger_at(url_)); }
  void refuse_user(user_id user) override {
    server().execute("INSERT INTO refused VALUES (" + std::to_string(raw(user)) + ")", database_);
  }
  void accept_user(user_id user) override {
    server().execute("DELETE FROM refused WHERE user_id = " + std::to_string(raw(user)), database_);
  }

 private:
  static mariadb_server& server() { return shared_mariadb(); }

  std::string url_ = make_ledger_database(server());
  std::string database_ = url_.substr(url_.rfind('/') + 1);
};

INSTANTIATE_TEST_SUITE_P(mariadb, shared_ledger_contract,
                         ::testing::Values(shared_ledger_factory([] { return std::make_unique<mysql_under_test>(); })));

/// The embedded shape's writer in terms of the shared ledger: one gate and worker in one, as it were. What the shared
/// ledger answers with an alarm is ledger_broken here. One difference cannot be seen by the suite: rows of several
/// coupons are one transaction each, because a worker moves one coupon's queue at a time.
class writer_over_shared final : public ledger::writer {
 public:
  explicit writer_over_shared(mysql_ledger& over) : over_(over) {}

  ledger::commit_outcome commit(std::span<const ledger::new_issue> rows) override {
    std::map<coupon_id, std::vector<ledger::new_issue>> by_coupon;
    for (const ledger::new_issue& row : rows) by_coupon[row.coupon].push_back(row);
    for (const auto& [coupon, of_coupon] : by_coupon) {
      const queue_cursor from = over_.cursor_of(coupon).value_or(queue_cursor{});
      queue_cursor to = from;
      to.last_sequence = of_coupon.back().sequence;
      to.last_id = "1-" + std::to_string(to.last_sequence);
      if (over_.append(coupon, {from, to, of_coupon, {}}) != append_outcome::committed)
        throw ledger_broken("the ledger contradicts what memory knows");
    }
    return ledger::commit_outcome::committed;
  }

  result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by,
                        const std::optional<idempotency_key>& key) override {
    const result<coupon> row = over_.create(draft, now, by, key);
    if (!row) return row;
    coupon made = *row;
    if (over_.cursor_of(made.id)->epoch != 0) return made;  // it came before
    const auto lock = over_.lock(made.id, runtime::deadline::after(1s)).value();
    made.epoch = 1;  // as building its gate would
    lock->store(made, now);
    lock->set_cursor({1, "run", queue::queue_start, 0});
    lock->commit();
    return made;
  }

  result<coupon> store(const coupon& changed, timestamp now, const actor& by) override {
    const auto lock = over_.lock(changed.id, runtime::deadline::after(1s));
    if (!lock) return lock.error();
    (*lock)->store(changed, now, by);
    (*lock)->commit();
    return over_.find_coupon(changed.id);
  }

  result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                 const actor& by) override {
    return over_.take_step(coupon, user, step, now, by);
  }

  void checkpoint_if_due(bool) override {}

 private:
  mysql_ledger& over_;
};

class loader_over_shared final : public ledger::loader {
 public:
  explicit loader_over_shared(const std::string& url) : over_(ledger_at(url)) {}

  std::vector<coupon> coupons() override { return over_.coupons({}, 1'000'000).value().items; }
  void issues(const std::function<void(const issue_record&)>& each) override {
    for (const coupon& c : coupons()) over_.each_admitted(c.id, each);
  }

 private:
  mysql_ledger over_;
};

class mysql_as_embedded final : public ledger_under_test {
 public:
  mysql_as_embedded() { reopen(); }

  ledger::writer& writer() override { return *writer_; }
  std::unique_ptr<ledger::reader> open_reader() override { return std::make_unique<mysql_ledger>(ledger_at(url_)); }
  std::unique_ptr<ledger::loader> open_loader() override { return std::make_unique<loader_over_shared>(url_); }
  void reopen() override {
    writer_.reset();
    store_ = std::make_unique<mysql_ledger>(ledger_at(url_));
    writer_ = std::make_unique<writer_over_shared>(*store_);
  }

 private:
  std::string url_ = make_ledger_database(shared_mariadb());
  std::unique_ptr<mysql_ledger> store_;
  std::unique_ptr<writer_over_shared> writer_;
};

INSTANTIATE_TEST_SUITE_P(mariadb, ledger_contract,
                         ::testing::Values(ledger_factory([] { return std::make_unique<mysql_as_embedded>(); })));

}  // namespace
}  // namespace firstcome::testing
