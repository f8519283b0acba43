#pragma once

// What a look at a coupon's gate says about it: is it the one that the ledger belongs to, as it stands? Workers, API
// nodes and the auditor look; only what is found under the ledger's lock is acted upon (coordination/recovery.hpp).

#include <optional>
#include <string>

#include "domain/coupon.hpp"
#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"

namespace firstcome::coordination {

/// Why nothing may be read from this gate before it was confirmed or rebuilt; nothing when it is fit. Also what nobody
/// would ever ask for: a configuration that was left behind, a ledger that went back while the queue is empty.
std::optional<std::string> why_unfit(const std::optional<gate::gate_status>& gate, const ledger::queue_cursor& cursor,
                                     std::int64_t config_version);

struct gate_look {
  std::optional<gate::gate_status> status;  // the gate's, when it was last seen
  std::optional<std::string> unfit;         // why; nothing: it is fit, and its queue chains
  bool chains = false;                      // of the cursor's epoch, and all that it admitted past the cursor is there

  /// Whether a confirmation is enough: the gate is of the lineage that the ledger was last confirmed for (or a
  /// confirmation for who serves now died half-way), and nothing is missing. Not when the gate knows a later
  /// configuration: the ledger went back, and has forgotten more than that.
  bool confirmable(const ledger::queue_cursor& cursor, std::int64_t config_version) const;
};

/// Reads the whole queue past the cursor, page by page.
gate_look look_at(gate::shared_gate& gate, coupon_id coupon, const ledger::queue_cursor& cursor,
                  std::int64_t config_version);

}  // namespace firstcome::coordination
