// Readers that are nearly always in the middle of a page, and a writer that must keep its WAL short all the same.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ledger/sqlite/ledger.hpp"
#include "support/temporary_directory.hpp"

namespace firstcome::testing {
namespace {

constexpr timestamp window_start = from_microseconds(1'700'000'000'000'000);
constexpr std::int64_t wal_bytes_max = 64 << 10;
constexpr int batches = 200;
constexpr int rows_a_batch = 100;
constexpr int page_size = 1000;

void read_until(const std::atomic<bool>& done, ledger::sqlite_ledger& store, coupon_id coupon) {
  const auto reader = store.open_reader();
  while (!done) {
    sequence_number after = 0;
    do {
      const coupon_issue_page page = reader->issues_of_coupon(coupon, after, page_size).value();
      after = page.next.value_or(0);
    } while (after != 0 && !done);
  }
}

TEST(overlapping_reads, the_wal_stays_short_on_more_than_one_thread) {
  const temporary_directory folder;
  ledger::sqlite_ledger store(
      {.folder = folder.path(), .wal_bytes_max = wal_bytes_max, .wal_bytes_idle = wal_bytes_max, .wal_bytes_ahead = 0});
  ledger::writer& writer = store.single_writer();
  const coupon_id coupon =
      writer
          .create({.title = "x", .total_quantity = {}, .window = {window_start, window_start + std::chrono::hours(1)}},
                  window_start)
          .value()
          .id;
  std::atomic<bool> done = false;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 2; ++i) readers.emplace_back([&] { read_until(done, store, coupon); });
    for (sequence_number next = 1; next <= batches * rows_a_batch;) {
      std::vector<ledger::new_issue> rows;
      for (int i = 0; i < rows_a_batch; ++i, ++next) rows.push_back({coupon, user_id{next}, next, window_start});
      EXPECT_EQ(writer.commit(rows), ledger::commit_outcome::committed);
      writer.checkpoint_if_due(false);
    }
    done = true;
  }
  EXPECT_LT(std::filesystem::file_size(folder.path() / "firstcome.db-wal"), 4 * wal_bytes_max);
}

}  // namespace
}  // namespace firstcome::testing
