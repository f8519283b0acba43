// Promise 3 where it is made: the real writer thread over the real SQLite ledger, on a disk that loses power at each of
// its operations in turn. Whoever heard yes before the cut has that sequence after it.

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "issuing/embedded/issuer.hpp"
#include "issuing/embedded/writer_thread.hpp"
#include "ledger/sqlite/ledger.hpp"
#include "sql/sqlite.hpp"
#include "support/answer_inbox.hpp"
#include "support/fault_vfs.hpp"

namespace firstcome::testing {
namespace {

const timestamp kept_at = from_microseconds(1'700'000'000'000'000);
constexpr int waves = 12;
constexpr int users_per_wave = 9;

using yeses = std::map<std::int64_t, sequence_number>;  // user: the sequence that was answered

/// A ledger that says `committed` a batch too early: the planted bug.
class early_ledger final : public ledger::writer {
 public:
  explicit early_ledger(ledger::writer& late) : late_(late) {}

  ledger::commit_outcome commit(std::span<const ledger::new_issue> rows) override {
    if (!held_back_.empty()) late_.commit(held_back_);
    held_back_.assign(rows.begin(), rows.end());
    return ledger::commit_outcome::committed;
  }
  result<coupon> create(const coupon_draft& draft, timestamp now, const actor& by,
                        const std::optional<idempotency_key>& key) override {
    return late_.create(draft, now, by, key);
  }
  result<coupon> store(const coupon& changed, timestamp now, const actor& by) override {
    return late_.store(changed, now, by);
  }
  result<issue_record> take_step(coupon_id coupon, user_id user, const issue_step& step, timestamp now,
                                 const actor& by) override {
    return late_.take_step(coupon, user, step, now, by);
  }
  void checkpoint_if_due(bool) override {}

 private:
  ledger::writer& late_;
  std::vector<ledger::new_issue> held_back_;
};

class noon_clock final : public runtime::clock {
 public:
  timestamp now() const override { return kept_at; }
  monotonic monotonic_now() const override { return {}; }
};

class crowd {
 public:
  /// Sends wave after wave until all is answered or the ledger breaks; answers who heard yes.
  yeses send(issuing::embedded_issuer& issuer, const std::atomic<bool>& broken) {
    for (int wave = 0; wave < waves && !broken; ++wave) {
      for (int n = 0; n < users_per_wave; ++n) ask(issuer);
      while (inbox_.count() < waiting_ && !broken) std::this_thread::yield();
    }
    yeses heard;
    for (const auto& call : calls_)
      if (call->answered && call->answer && call->what() == verdict::admitted)
        heard[raw(call->user)] = call->answer.value().record.sequence;
    return heard;
  }

 private:
  void ask(issuing::embedded_issuer& issuer) {
    const auto user = static_cast<std::int64_t>(calls_.size() * 7919 % 100'003 + 1);
    calls_.push_back(std::make_unique<test_call>(inbox_, 1, user));
    if (!issuer.issue(*calls_.back())) ++waiting_;
  }

  answer_inbox inbox_;
  std::vector<std::unique_ptr<test_call>> calls_;
  int waiting_ = 0;
};

ledger::sqlite_ledger_options options_on(const fault_vfs& vfs) {
  return {.folder = "/disk", .vfs = vfs.name(), .wal_bytes_max = 48 << 10, .wal_bytes_idle = 24 << 10};
}

struct plan {
  bool answers_early = false;
};

/// One run on this disk until its power is cut, if ever.
yeses run(fault_vfs& vfs, plan p) {
  std::atomic<bool> broken{false};
  const noon_clock clock;
  crowd users;
  try {
    ledger::sqlite_ledger store(options_on(vfs));
    early_ledger early(store.single_writer());
    ledger::writer& writer = p.answers_early ? static_cast<ledger::writer&>(early) : store.single_writer();
    gate::gate_table gates(1);
    const auto created = writer.create(
        {.title = "x", .total_quantity = {}, .window = {kept_at, kept_at + std::chrono::hours(1)}}, kept_at);
    if (!created) return {};
    gates.add(*created);
    issuing::embedded_writer_thread::hooks on;
    on.on_broken = [&](const std::string&) { broken = true; };
    issuing::embedded_writer_thread thread(writer, gates, clock, 1000, on);
    issuing::embedded_issuer issuer(gates, thread);
    return users.send(issuer, broken);
  } catch (const ledger::ledger_broken&) {
    return {};
  } catch (const sql::sqlite_error&) {  // at the start
    return {};
  }
}

/// Those yeses that a start on this image does not find.
int lost(const disk_image& image, const yeses& heard) {
  if (heard.empty()) return 0;
  fault_vfs vfs(image);
  ledger::sqlite_ledger store(options_on(vfs));
  yeses found;
  store.open_loader()->issues([&](const issue_record& record) { found[raw(record.user)] = record.sequence; });
  int missing = 0;
  for (const auto& [user, sequence] : heard) {
    const auto at = found.find(user);
    missing += at == found.end() || at->second != sequence;
  }
  return missing;
}

std::uint64_t operations_of_a_whole_run() {
  fault_vfs vfs;
  EXPECT_EQ(run(vfs, {}).size(), static_cast<std::size_t>(waves * users_per_wave));
  return vfs.disk().operations();
}

TEST(kept_answers, survive_a_power_cut_at_any_operation_of_the_disk) {
  const std::uint64_t operations = operations_of_a_whole_run();
  std::size_t heard_in_all = 0;
  for (std::uint64_t cut = 1; cut <= operations; ++cut) {
    fault_vfs vfs;
    vfs.disk().cut_power_at(cut);
    const yeses heard = run(vfs, {});
    heard_in_all += heard.size();
    ASSERT_EQ(lost(vfs.disk().surviving(cut), heard), 0) << "cut at " << cut;
  }
  // How many depends on how the waves fall into batches; on average more than one before each cut is plenty.
  EXPECT_GT(heard_in_all, operations) << "the cuts came before anybody heard yes, so nothing was shown";
}

TEST(kept_answers, would_be_seen_to_be_lost_if_they_left_before_the_commit) {
  const std::uint64_t operations = operations_of_a_whole_run();
  int losses = 0;
  for (std::uint64_t cut = 1; cut <= operations; ++cut) {
    fault_vfs vfs;
    vfs.disk().cut_power_at(cut);
    const yeses heard = run(vfs, {.answers_early = true});
    losses += lost(vfs.disk().surviving(cut), heard) > 0;
  }
  EXPECT_GT(losses, 10);
}

TEST(kept_answers, would_be_seen_to_be_lost_on_a_disk_that_does_not_sync) {
  const std::uint64_t operations = operations_of_a_whole_run();
  int losses = 0;
  for (std::uint64_t cut = 1; cut <= operations; ++cut) {
    fault_vfs vfs;
    { ledger::sqlite_ledger store(options_on(vfs)); }  // the schema, honestly
    vfs.disk().lie_on_sync(true);
    vfs.disk().cut_power_at(vfs.disk().operations() + cut);
    const yeses heard = run(vfs, {});
    try {
      losses += lost(vfs.disk().surviving(cut), heard) > 0;
    } catch (const std::exception&) {  // what is left is not even a ledger
      ++losses;
    }
  }
  EXPECT_GT(losses, 10);
}

}  // namespace
}  // namespace firstcome::testing
