#pragma once

// Reads a page of the ledger's coupons, compares each with its gate, and says which need to be looked after: messages
// get lost, and Redis or the ledger may have gone back without anybody asking. One query and one round trip of Redis a
// page. What is retired is not asked about again until its row or its epoch has changed.
//
// Thread safety: the thread of its gate and ledger; `retired_coupons` any thread.

#include <chrono>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"
#include "worker/schedule.hpp"

namespace firstcome::worker {

/// What the threads of a worker remember of coupons that are retired and as the ledger has them.
class retired_coupons {
 public:
  bool knows(const ledger::coupon_standing& one) const;
  void remember(const ledger::coupon_standing& one);
  void forget_all();

 private:
  struct as_of {
    std::int64_t config_version;
    epoch_number epoch;
  };
  mutable std::mutex lock_;
  std::unordered_map<coupon_id, as_of> known_;
};

enum class standing_state : std::uint8_t {
  settled,  // all that was admitted is in the ledger, and the gate is fit
  retired,  // and nothing will ever come
  needs_a_look,
};
standing_state classify(const ledger::coupon_standing& one, const std::optional<gate::gate_status>& gate);

class coupon_scan {
 public:
  struct options {
    int page_coupons = 500;
    /// A coupon counts as live for this long after its end: clocks differ, and its queue may not be drained.
    std::chrono::minutes live_after_end{5};
    /// After a coupon's end its gate is to be retired; 0: never.
    std::chrono::hours retention{0};
  };
  struct seen {
    coupon_id coupon{};
    std::size_t behind = 0;  // admissions that were not in the ledger
    bool needs_a_look = false;
  };
  struct page {
    std::vector<seen> coupons;      // without those that are known to be retired
    std::optional<coupon_id> last;  // of a full page
  };

  /// All must outlive this.
  coupon_scan(gate::shared_gate& gate, ledger::shared_ledger& ledger, retired_coupons& retired, options with)
      : gate_(gate), ledger_(ledger), retired_(retired), options_(with) {}

  /// Asks Redis something whatever the page holds. `store_unavailable` passes through.
  page read(schedule::work which, coupon_id after, timestamp now);

 private:
  seen compare(const ledger::coupon_standing& one, const std::optional<gate::gate_status>& gate, timestamp now);

  gate::shared_gate& gate_;
  ledger::shared_ledger& ledger_;
  retired_coupons& retired_;
  const options options_;
};

/// Enters what a page says into the schedule.
void enter(schedule& into, schedule::work which, const coupon_scan::page& page, monotonic now);

}  // namespace firstcome::worker
