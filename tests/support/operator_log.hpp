#pragma once

// What operators change while a crowd asks, written down for the judge: when each change was asked for and answered,
// and what it was. A change that was refused is none; one without a clear answer may be in force at any time since.
// Thread safe, so that a change may take its time in a thread of its own.

#include <boost/json/object.hpp>

#include <cstdint>
#include <mutex>
#include <optional>

#include "auditor/auditor.hpp"
#include "support/coupon_operations.hpp"

namespace firstcome::testing {

class operator_log {
 public:
  /// Of a coupon that has this quantity now (nothing: unlimited), while nothing but operators disturbs it.
  explicit operator_log(std::optional<std::int32_t> total_quantity) {
    told_.first_total = total_quantity;
    told_.silences.emplace();
  }

  /// As change_coupon, and writes it down.
  http_response change(server_under_test& server, std::int64_t coupon, const boost::json::object& change);
  /// Everything so far.
  auditor::assumptions told() const;

 private:
  mutable std::mutex mutex_;
  auditor::assumptions told_;
};

/// Now, by the clock of every history that the tests make.
auditor::instant_ns history_now();

}  // namespace firstcome::testing
