#include "ledger/sqlite/upgrade.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/sqlite/audit.hpp"
#include "ledger/sqlite/ledger.hpp"
#include "ledger/sqlite/schema.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::ledger {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;
namespace fs = std::filesystem;

constexpr auto all_steps = {upgrade_step::found_older, upgrade_step::copied, upgrade_step::copy_named,
                            upgrade_step::changed, upgrade_step::committed};

/// A folder that firstcome 0.1.0 made: coupon 1 with three issues of three, the second used, and coupon 2 with five.
class upgrading_a_ledger : public ::testing::Test {
 protected:
  upgrading_a_ledger() { fs::copy_file(fs::path(FIRSTCOME_SOURCE_DIR) / "tests/data/ledger_v1.db", file()); }

  fs::path file() const { return folder_.path() / sqlite_schema::file_name; }
  fs::path backup() const { return file().string() + ".v1-backup"; }
  std::int64_t version_of(const fs::path& path) {
    sql::connection db(path.string(), sql::open_mode::read_only);
    return db.integer("PRAGMA user_version");
  }
  void expect_whole() {
    EXPECT_THAT(audit_ledger({.folder = folder_.path()}).differences, IsEmpty());
    sqlite_ledger store({.folder = folder_.path()});
    std::vector<std::int64_t> users;
    std::vector<std::int64_t> used;
    store.open_loader()->issues([&](const issue_record& r) {
      users.push_back(raw(r.user));
      if (r.date_used) used.push_back(raw(r.user));
    });
    EXPECT_THAT(users, ElementsAre(101, 102, 103, 201, 202, 203, 204, 205));
    EXPECT_THAT(used, ElementsAre(102));
    EXPECT_EQ(store.open_loader()->coupons().size(), 2U);
  }

  testing::temporary_directory folder_;
};

TEST_F(upgrading_a_ledger, keeps_every_row_and_a_copy_of_what_was) {
  {
    const data_folder held(folder_.path());
    const auto done = upgrade_ledger(held);
    ASSERT_TRUE(done.has_value());
    EXPECT_EQ(done->from, 1);
    EXPECT_EQ(done->to, sqlite_schema::version);
    EXPECT_EQ(done->backup, backup());
    EXPECT_FALSE(upgrade_ledger(held).has_value());
  }
  EXPECT_EQ(version_of(backup()), 1);
  EXPECT_EQ(version_of(file()), sqlite_schema::version);
  expect_whole();
}

TEST_F(upgrading_a_ledger, makes_what_a_new_ledger_has) {
  const data_folder held(folder_.path());
  upgrade_ledger(held);
  sql::connection db(file().string(), sql::open_mode::read_write_create);
  EXPECT_EQ(db.text("SELECT restock FROM coupons WHERE id = 1"), "none");
  EXPECT_EQ(db.integer("SELECT returned_quantity + gone_quantity FROM coupons WHERE id = 2"), 0);
  EXPECT_EQ(db.integer("SELECT count(*) FROM coupon_issues WHERE order_id IS NULL AND date_returned IS NULL"), 8);
  db.execute("UPDATE coupon_issues SET date_returned = 7, return_reason = 'r' WHERE user_id = 101");
  EXPECT_EQ(db.integer("SELECT date_updated FROM coupon_issues WHERE user_id = 101"), 7);
  EXPECT_EQ(db.text("PRAGMA integrity_check"), "ok");
}

TEST_F(upgrading_a_ledger, killed_at_any_step_leaves_a_ledger_that_the_next_start_brings_to_its_end) {
  for (const upgrade_step last : all_steps) {
    fs::remove_all(folder_.path());
    fs::create_directory(folder_.path());
    fs::copy_file(fs::path(FIRSTCOME_SOURCE_DIR) / "tests/data/ledger_v1.db", file());
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const data_folder held(folder_.path());
      upgrade_ledger(held, [&](upgrade_step done) {
        if (done == last) _exit(42);
      });
      _exit(1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42) << static_cast<int>(last);
    {
      const data_folder held(folder_.path());
      EXPECT_EQ(upgrade_ledger(held).has_value(), last != upgrade_step::committed) << static_cast<int>(last);
    }
    EXPECT_EQ(version_of(backup()), 1);
    EXPECT_FALSE(fs::exists(backup().string() + ".part"));
    expect_whole();
  }
}

TEST_F(upgrading_a_ledger, killed_inside_the_copy_leaves_a_piece_of_it_that_the_next_start_replaces) {
  const fs::path unfinished = backup().string() + ".part";
  fs::copy_file(file(), unfinished);
  fs::resize_file(unfinished, fs::file_size(file()) / 2);
  {
    const data_folder held(folder_.path());
    EXPECT_TRUE(upgrade_ledger(held).has_value());
  }
  EXPECT_FALSE(fs::exists(unfinished));
  sql::connection copy(backup().string(), sql::open_mode::read_only);
  EXPECT_EQ(copy.text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(copy.integer("PRAGMA user_version"), 1);
  EXPECT_EQ(copy.integer("SELECT count(*) FROM coupon_issues"), 8);
  expect_whole();
}

TEST_F(upgrading_a_ledger, a_changed_old_one_is_refused_and_left_alone) {
  sql::connection(file().string(), sql::open_mode::read_write_create).execute("DROP INDEX coupon_issues_by_user");
  const data_folder held(folder_.path());
  EXPECT_THAT([&] { upgrade_ledger(held); },
              ThrowsMessage<std::runtime_error>(HasSubstr("coupon_issues_by_user is missing")));
  EXPECT_EQ(version_of(file()), 1);
}

TEST_F(upgrading_a_ledger, one_that_cannot_be_copied_is_left_alone) {
  fs::create_directories(backup() / "in the way");
  const data_folder held(folder_.path());
  EXPECT_ANY_THROW(upgrade_ledger(held));
  EXPECT_EQ(version_of(file()), 1);
}

TEST_F(upgrading_a_ledger, opening_it_without_says_what_to_do) {
  EXPECT_THAT([&] { sqlite_ledger store({.folder = folder_.path()}); },
              ThrowsMessage<std::runtime_error>(HasSubstr("firstcome migrate --data-dir")));
}

}  // namespace
}  // namespace firstcome::ledger
