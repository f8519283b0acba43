#pragma once

// What is logged when a node confirmed or rebuilt a gate, or could not.

#include "worker/recovery.hpp"

namespace firstcome::cli {

void log_care(coupon_id coupon, const worker::care_report& report);

}  // namespace firstcome::cli
