// Batches that do not fit into the page cache, which SQLite spills into the WAL before their commit: it reads such
// frames back, writes over them in place and computes their checksums again. The promises are those of the small ones.

#include <gtest/gtest.h>

#include "support/ledger_run.hpp"

namespace firstcome::testing {
namespace {

constexpr int cuts = 24;
constexpr int first_issues = 16384;

// The cache is far smaller than the pages that the large batches touch.
const ledger_run large_life{
    .batch_sizes = {4096, 300, 4096, 1500},
    .options = {.page_cache_bytes = 128 << 10, .wal_bytes_max = 1 << 20, .wal_bytes_idle = 512 << 10}};

struct beginning {
  disk_image image;
  told known;
};

/// A ledger with so many issues that the users of one batch are spread over hundreds of pages.
const beginning& grown_ledger() {
  static const beginning grown = [] {
    beginning b;
    fault_vfs vfs;
    ledger_run{.batch_sizes = std::vector<int>(first_issues / 2048, 2048), .options = large_life.options}.run(vfs,
                                                                                                              b.known);
    b.image = vfs.disk().surviving(0);
    return b;
  }();
  return grown;
}

TEST(large_batches, the_ones_below_spill_before_their_commit) {
  ledger_run roomy = large_life;
  roomy.options.page_cache_bytes = 16 << 20;
  const auto& [image, known] = grown_ledger();
  EXPECT_GT(large_life.operations_of_a_whole_run(image, known), 2 * roomy.operations_of_a_whole_run(image, known));
}

TEST(large_batches, a_power_cut_loses_nothing_that_was_committed) {
  const auto& [image, known] = grown_ledger();
  const std::uint64_t operations = large_life.operations_of_a_whole_run(image, known);
  for (std::uint64_t n = 0; n < cuts; ++n) {
    const std::uint64_t cut = 1 + (operations - 1) * n / (cuts - 1);
    fault_vfs vfs(image);
    vfs.disk().cut_power_at(cut);
    told t = known;
    large_life.run_until_it_breaks(vfs, t);
    std::string why;
    ASSERT_GE(large_life.issues_found(vfs.disk().surviving(cut), t, why), 0) << why << " (cut at " << cut << ")";
  }
}

TEST(large_batches, a_full_disk_takes_back_the_whole_batch_and_serves_on_once_there_is_room) {
  const auto& [image, known] = grown_ledger();
  fault_vfs vfs(image);
  ledger_run appending = large_life;  // a WAL that never starts over, and so soon needs room
  appending.options.wal_bytes_max = appending.options.wal_bytes_idle = 1 << 30;
  ledger::sqlite_ledger store(appending.options_on(vfs));
  told t = known;
  int refused = 0;
  for (std::size_t i = 0; i < 12; ++i) {
    const bool room = i % 3 == 2;
    vfs.disk().set_capacity(vfs.disk().bytes_used() + (room ? 1 << 30 : i % 6 * 100'000));
    const std::vector<ledger::new_issue> rows = large_life.batch_at(i % 4, t.issued + 1);
    if (store.single_writer().commit(rows) == ledger::commit_outcome::committed) {
      t.issued = rows.back().sequence;
    } else {
      ++refused;
      EXPECT_FALSE(room);
    }
    store.single_writer().checkpoint_if_due(false);
    t.in_doubt = t.issued;
    std::string why;
    ASSERT_GE(large_life.issues_found(vfs.disk().surviving(i), t, why), 0) << why << " at " << i;
  }
  EXPECT_GT(refused, 2);
}

template <class Fault>
void expect_fault_loses_nothing(Fault fault) {
  const auto& [image, known] = grown_ledger();
  const std::uint64_t operations = large_life.operations_of_a_whole_run(image, known);
  for (std::uint64_t n = 1; n <= cuts / 2; ++n) {
    const std::uint64_t at = operations * n / (cuts / 2 + 1);
    fault_vfs vfs(image);
    fault(vfs.disk(), at);
    told t = known;
    large_life.run_until_it_breaks(vfs, t);
    std::string why;
    ASSERT_GE(large_life.issues_found(vfs.disk().surviving(at), t, why), 0)
        << why << " (power lost; fault at " << at << ")";
    ASSERT_GE(large_life.issues_found(vfs.disk().as_seen(), t, why), 0) << why << " (restarted; fault at " << at << ")";
  }
}

TEST(large_batches, a_write_that_fails_loses_nothing_that_was_committed) {
  expect_fault_loses_nothing([](fault_disk& disk, std::uint64_t at) { disk.fail_write_at(at); });
}

TEST(large_batches, a_sync_that_fails_loses_nothing_that_was_committed) {
  expect_fault_loses_nothing([](fault_disk& disk, std::uint64_t at) { disk.fail_sync_at(at); });
}

}  // namespace
}  // namespace firstcome::testing
