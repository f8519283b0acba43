#pragma once

// Who can be called when a gate does not answer as it should: confirms it, rebuilds it, or finds that there is no such
// coupon. It also knows who is in, for the filter of a sold-out lease. Slow work, on threads of its own.
// Thread safety: any thread.

#include <functional>
#include <memory>
#include <vector>

#include "domain/error.hpp"
#include "domain/issue.hpp"
#include "gate/redis/admit_call.hpp"
#include "issuing/distributed/admitted_filter.hpp"

namespace firstcome::issuing {

enum class recovery_result : std::uint8_t {
  ready,      // the gate is open and confirmed; ask again
  no_coupon,  // the ledger answered, and has no such coupon
  failed,     // not now
};

class gate_recovery {
 public:
  virtual ~gate_recovery() = default;

  /// `done` is called once, on any thread, perhaps from inside. Calls for one coupon at a time share the work.
  virtual void make_ready(coupon_id coupon, std::function<void(recovery_result)> done) = 0;
  /// The same for an id that nobody may have heard of: it must not take the place of a coupon's work.
  virtual void make_ready_if_known(coupon_id coupon, std::function<void(recovery_result)> done) {
    make_ready(coupon, std::move(done));
  }

  /// For a gate that was retired: the record that the ledger has of each user, or that the issue has ended. `done` gets
  /// one for each, or none when the ledger could not be asked.
  virtual void decide_by_ledger(coupon_id coupon, std::vector<user_id> users,
                                std::function<void(std::vector<result<issue_decision>>)> done) = 0;

  /// The admitted of a coupon whose gate is this one and sold out: every one of them passes the filter. Null: it could
  /// not be had, or the gate has changed meanwhile.
  virtual void filter_of(coupon_id coupon, gate::gate_identity which,
                         std::function<void(std::shared_ptr<const admitted_filter>)> done) = 0;
};

}  // namespace firstcome::issuing
