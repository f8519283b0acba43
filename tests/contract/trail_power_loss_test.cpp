// A change, its row on the operators' trail and the key that came with it are one transaction: a disk that loses power
// at any operation has all of them or none.

#include <gtest/gtest.h>

#include "sql/sqlite.hpp"
#include "support/ledger_run.hpp"

namespace firstcome::testing {
namespace {

const actor changer{"kim", "operator"};
const ledger_run life_with_a_trail{.batch_sizes = {},
                                   .options = {.wal_bytes_max = 48 << 10, .wal_bytes_idle = 24 << 10}};

idempotency_key key_of(int n) {
  return {"key-" + std::to_string(n), "the same"};
}

/// Creates coupons, pauses each and takes one issue of each back, until the power is gone.
void work(fault_vfs& vfs, int coupons) try {
  ledger::sqlite_ledger store(life_with_a_trail.options_on(vfs));
  ledger::writer& writer = store.single_writer();
  for (int n = 1; n <= coupons; ++n) {
    coupon made = writer.create(run_draft, run_time, changer, key_of(n)).value();
    made.paused = true;
    writer.store(made, run_time, changer).value();
    const ledger::new_issue row{made.id, user_id{n}, 1, run_time};
    writer.commit({&row, 1});
    writer.take_step(made.id, row.user, return_step{"the payment failed"}, run_time, changer).value();
    writer.checkpoint_if_due(false);
  }
} catch (const ledger::ledger_broken&) {
  // As the process would, it ends here.
} catch (const sql::sqlite_error&) {
  // The same, before there was a ledger.
}

struct counts {
  int created = 0, paused = 0, returned = 0;
  friend bool operator==(const counts&, const counts&) = default;
};

counts on_the_trail(ledger::reader& reader) {
  counts found;
  for (const operator_action& action : reader.actions({}, {}, page_limit_max).value().items) {
    EXPECT_EQ(action.by.name, "kim");
    if (action.what == "create_coupon") ++found.created;
    if (action.what == "pause_coupon") ++found.paused;
    if (action.what == "return_issue") ++found.returned;
  }
  return found;
}

counts in_the_tables(ledger::loader& loader) {
  counts found;
  for (const coupon& c : loader.coupons()) {
    ++found.created;
    if (c.paused) ++found.paused;
  }
  loader.issues([&](const issue_record& record) { found.returned += record.date_returned ? 1 : 0; });
  return found;
}

TEST(trail_power_loss, a_change_and_its_trail_and_its_key_survive_together_or_not_at_all) {
  constexpr int coupons = 6;
  fault_vfs whole;
  work(whole, coupons);
  const std::uint64_t operations = whole.disk().operations();
  int cut_short = 0;
  for (std::uint64_t cut = 1; cut <= operations; ++cut) {
    SCOPED_TRACE("cut at " + std::to_string(cut));
    fault_vfs vfs;
    vfs.disk().cut_power_at(cut);
    work(vfs, coupons);
    fault_vfs after(vfs.disk().surviving(cut));
    ledger::sqlite_ledger store(life_with_a_trail.options_on(after));
    const counts found = in_the_tables(*store.open_loader());
    ASSERT_EQ(on_the_trail(*store.open_reader()), found);
    for (int n = 1; n <= coupons; ++n)  // who repeats what is there gets just that
      ASSERT_EQ(raw(store.single_writer().create(run_draft, run_time, changer, key_of(n)).value().id), n);
    if (found.returned < coupons) ++cut_short;
  }
  EXPECT_GT(cut_short, 20);
}

}  // namespace
}  // namespace firstcome::testing
