// The ledger on a disk that loses power, fills up and fails: what was answered `committed` is there, whatever happens,
// and nothing is there by half.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ledger_run.hpp"

namespace firstcome::testing {
namespace {

using ledger::commit_outcome;
using ledger::new_issue;

constexpr int seeds = 6;

std::vector<int> sizes_up_to_23(int batches) {
  std::vector<int> sizes;
  for (int i = 0; i < batches; ++i) sizes.push_back(1 + i * 5 % 23);
  return sizes;
}

// A WAL so small that the run below checkpoints several times, forced and idle.
const ledger_run life{.batch_sizes = sizes_up_to_23(24),
                      .options = {.wal_bytes_max = 48 << 10, .wal_bytes_idle = 24 << 10}};
const ledger_run long_life{.batch_sizes = sizes_up_to_23(60), .options = life.options};

TEST(power_loss, the_run_that_is_cut_below_commits_checkpoints_and_starts_its_wal_over) {
  fault_vfs vfs;
  told t;
  life.run(vfs, t);
  const disk_image image = vfs.disk().surviving(0);
  std::size_t wal_bytes = 0;
  for (const auto& [name, content] : image) {
    if (name.ends_with("-wal")) wal_bytes = content.size();
  }
  EXPECT_GT(wal_bytes, 0u);
  EXPECT_LT(wal_bytes, 128u << 10) << "the WAL never started over";
  EXPECT_GT(t.issued, 200);
  EXPECT_GT(vfs.disk().operations(), 100u);
}

TEST(power_loss, a_cut_at_any_operation_loses_nothing_that_was_committed) {
  const std::uint64_t operations = life.operations_of_a_whole_run();
  for (std::uint64_t cut = 1; cut <= operations; ++cut) {
    fault_vfs vfs;
    vfs.disk().cut_power_at(cut);
    told t;
    life.run_until_it_breaks(vfs, t);
    for (int seed = 0; seed < seeds; ++seed) {
      std::string why;
      const auto image = vfs.disk().surviving(cut * 1000 + static_cast<std::uint64_t>(seed));
      ASSERT_GE(life.issues_found(image, t, why), 0) << why << " (cut at " << cut << ", seed " << seed << ")";
    }
  }
}

TEST(power_loss, a_second_cut_while_starting_again_loses_nothing_either) {
  const std::uint64_t operations = life.operations_of_a_whole_run();
  for (std::uint64_t cut = 5; cut <= operations; cut += 29) {
    fault_vfs first;
    first.disk().cut_power_at(cut);
    told t;
    life.run_until_it_breaks(first, t);
    const disk_image image = first.disk().surviving(cut);
    std::string why;
    const sequence_number found = life.issues_found(image, t, why);
    ASSERT_GE(found, 0) << why;
    for (std::uint64_t second_cut = 1; second_cut <= 25; ++second_cut) {
      fault_vfs second(image);
      second.disk().cut_power_at(second_cut);
      told again{.coupon_created = t.coupon_created, .issued = found, .in_doubt = found};
      life.run_until_it_breaks(second, again);
      ASSERT_GE(life.issues_found(second.disk().surviving(second_cut), again, why), 0)
          << why << " (cut at " << cut << ", then at " << second_cut << ")";
    }
  }
}

TEST(power_loss, this_very_test_sees_losses_on_a_disk_that_lies_about_syncs) {
  const std::uint64_t operations = life.operations_of_a_whole_run();
  int losses = 0;
  for (std::uint64_t cut = 40; cut <= operations; cut += 2) {
    fault_vfs vfs;
    told t;
    { ledger::sqlite_ledger store(life.options_on(vfs)); }  // the schema, honestly
    vfs.disk().lie_on_sync(true);
    vfs.disk().cut_power_at(cut);
    life.run_until_it_breaks(vfs, t);
    std::string why;
    if (life.issues_found(vfs.disk().surviving(cut), t, why) < 0) ++losses;
  }
  EXPECT_GT(losses, 10);
}

TEST(disk_full, a_batch_without_room_is_rolled_back_and_the_next_is_served_once_there_is_room) {
  fault_vfs vfs;
  ledger::sqlite_ledger store(life.options_on(vfs));
  ledger::writer& writer = store.single_writer();
  writer.create(run_draft, run_time).value();
  told t{.coupon_created = true};
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    if (i % 10 == 3) vfs.disk().set_capacity(vfs.disk().bytes_used() + static_cast<std::uint64_t>(i) * 100);
    if (i % 10 == 9) vfs.disk().set_capacity(std::nullopt);
    const std::vector<new_issue> rows = long_life.batch_at(static_cast<std::size_t>(i), t.issued + 1);
    if (writer.commit(rows) == commit_outcome::committed) {
      t.issued = rows.back().sequence;
    } else {
      ++refused;
      EXPECT_NE(i % 10, 9) << "there was room";
    }
    writer.checkpoint_if_due(false);
    // What was rolled back stays so, even when the machine dies right now.
    t.in_doubt = t.issued;
    std::string why;
    ASSERT_GE(life.issues_found(vfs.disk().surviving(static_cast<std::uint64_t>(i)), t, why), 0) << why << " at " << i;
  }
  EXPECT_GT(refused, 5);
  EXPECT_GT(t.issued, 100);
}

TEST(disk_full, an_operators_change_without_room_answers_overloaded) {
  fault_vfs vfs;
  ledger::sqlite_ledger store(life.options_on(vfs));
  ledger::writer& writer = store.single_writer();
  const coupon made = writer.create(run_draft, run_time).value();
  vfs.disk().set_capacity(vfs.disk().bytes_used());
  // The WAL still has some room of its own to be written over.
  result<coupon> answer = made;
  for (int i = 0; i < 100 && answer; ++i) answer = writer.create(run_draft, run_time);
  EXPECT_EQ(answer.error(), errc::overloaded);
  answer = made;
  for (int i = 0; i < 100 && answer; ++i) answer = writer.store(made, run_time + std::chrono::seconds(i + 1));
  EXPECT_EQ(answer.error(), errc::overloaded);
  vfs.disk().set_capacity(std::nullopt);
  EXPECT_TRUE(writer.create(run_draft, run_time).has_value());
  EXPECT_TRUE(writer.store(made, run_time).has_value());
}

/// Runs with one fault somewhere, and checks both ways in which the process may find the disk again: without a power
/// cut in between (the page cache survived) and with one.
template <class Fault>
void expect_fault_breaks_and_loses_nothing(Fault fault) {
  const std::uint64_t operations = life.operations_of_a_whole_run();
  int broken = 0;
  for (std::uint64_t at = 30; at <= operations; at += 3) {
    fault_vfs vfs;
    fault(vfs.disk(), at);
    told t;
    try {
      life.run(vfs, t);
    } catch (const ledger::ledger_broken&) {
      ++broken;
    }
    std::string why;
    ASSERT_GE(life.issues_found(vfs.disk().surviving(at), t, why), 0) << why << " (power lost; fault at " << at << ")";
    ASSERT_GE(life.issues_found(vfs.disk().as_seen(), t, why), 0) << why << " (restarted; fault at " << at << ")";
  }
  EXPECT_GT(broken, 20);
}

TEST(io_error, a_sync_that_fails_breaks_the_ledger_and_nothing_acknowledged_is_missing) {
  expect_fault_breaks_and_loses_nothing([](fault_disk& disk, std::uint64_t at) { disk.fail_sync_at(at); });
}

TEST(io_error, a_write_that_fails_breaks_the_ledger_and_nothing_acknowledged_is_missing) {
  expect_fault_breaks_and_loses_nothing([](fault_disk& disk, std::uint64_t at) { disk.fail_write_at(at); });
}

TEST(io_error, the_message_says_what_was_done_and_what_happened) {
  fault_vfs vfs;
  ledger::sqlite_ledger store(life.options_on(vfs));
  store.single_writer().create(run_draft, run_time).value();
  vfs.disk().fail_sync_at(1);
  const std::vector<new_issue> rows = long_life.batch_at(3, 1);
  EXPECT_THAT([&] { store.single_writer().commit(rows); },
              ThrowsMessage<ledger::ledger_broken>(
                  ::testing::AllOf(::testing::HasSubstr("COMMIT"), ::testing::HasSubstr("disk I/O error"),
                                   ::testing::HasSubstr(std::to_string(SQLITE_IOERR_FSYNC)))));
}

TEST(fault_vfs, a_reader_works_beside_the_writer) {
  fault_vfs vfs;
  ledger::sqlite_ledger store(life.options_on(vfs));
  const auto reader = store.open_reader();
  store.single_writer().create(run_draft, run_time).value();
  EXPECT_EQ(reader->coupons({}, 10).value().items.size(), 1u);
}

TEST(io_error, a_reader_that_meets_one_says_that_the_ledger_is_broken) {
  fault_vfs vfs;
  ledger::sqlite_ledger store(life.options_on(vfs));
  const auto reader = store.open_reader();
  store.single_writer().create(run_draft, run_time).value();
  vfs.disk().cut_power_at(1);  // from the next operation on nothing can be read any more
  EXPECT_THROW(store.single_writer().create(run_draft, run_time), ledger::ledger_broken);
  EXPECT_THROW(reader->coupons({}, 10), ledger::ledger_broken);
  EXPECT_THROW(store.open_reader(), ledger::ledger_broken);
}

}  // namespace
}  // namespace firstcome::testing
