#include "support/ledger_run.hpp"

#include "ledger/sqlite/audit.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::testing {
namespace {

using ledger::commit_outcome;

std::int64_t user_at(sequence_number sequence) {
  return (std::int64_t{sequence} * 7919) % 1'000'003 + 1;
}

}  // namespace

const coupon_draft run_draft{
    .title = "x", .total_quantity = {}, .window = {run_time, run_time + std::chrono::hours(1)}};

ledger::sqlite_ledger_options ledger_run::options_on(const fault_vfs& vfs) const {
  ledger::sqlite_ledger_options own = options;
  own.folder = "/disk";
  own.vfs = vfs.name();
  return own;
}

std::vector<ledger::new_issue> ledger_run::batch_at(std::size_t index, sequence_number first) const {
  std::vector<ledger::new_issue> rows;
  for (int i = 0; i < batch_sizes[index]; ++i) {
    rows.push_back({coupon_id{1}, user_id{user_at(first + i)}, first + i, run_time});
  }
  return rows;
}

void ledger_run::run(fault_vfs& vfs, told& t) const {
  ledger::sqlite_ledger store(options_on(vfs));
  ledger::writer& writer = store.single_writer();
  if (!t.coupon_created) {
    if (!writer.create(run_draft, run_time)) return;
    t.coupon_created = true;
  }
  for (std::size_t i = 0; i < batch_sizes.size(); ++i) {
    const std::vector<ledger::new_issue> rows = batch_at(i, t.issued + 1);
    t.in_doubt = rows.back().sequence;
    if (writer.commit(rows) == commit_outcome::committed) t.issued = t.in_doubt;
    writer.checkpoint_if_due(i % 5 == 4);
  }
}

void ledger_run::run_until_it_breaks(fault_vfs& vfs, told& t) const {
  try {
    run(vfs, t);
  } catch (const ledger::ledger_broken&) {
  } catch (const sql::sqlite_error&) {  // at the start
  }
}

sequence_number ledger_run::issues_found(const disk_image& image, const told& t, std::string& why) const try {
  fault_vfs vfs(image);
  sequence_number found = 0;
  {
    ledger::sqlite_ledger store(options_on(vfs));
    store.open_loader()->issues([&](const issue_record& record) {
      ++found;
      if (record.sequence != found || raw(record.user) != user_at(found)) why = "a row that was never sent";
    });
    if (t.coupon_created && store.open_loader()->coupons().size() != 1) why = "the coupon is gone";
  }
  const ledger::audit_report report = ledger::audit_ledger(options_on(vfs));
  for (const std::string& difference : report.differences) why = difference;
  if (found < t.issued) why = "committed up to " + std::to_string(t.issued) + ", found " + std::to_string(found);
  if (found > t.issued && found != t.in_doubt) why = "a batch is there by half";
  return why.empty() ? found : -1;
} catch (const std::exception& e) {
  why = e.what();
  return -1;
}

std::uint64_t ledger_run::operations_of_a_whole_run(const disk_image& from, told t) const {
  fault_vfs vfs(from);
  run(vfs, t);
  return vfs.disk().operations();
}

}  // namespace firstcome::testing
