#pragma once

// What is logged when a node confirmed or rebuilt a gate, or could not.

#include "coordination/recovery.hpp"

namespace firstcome::cli {

void log_recovery(coupon_id coupon, const coordination::recovery_report& report);

}  // namespace firstcome::cli
