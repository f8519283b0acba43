#include "worker/worker_metrics.hpp"

#include <gtest/gtest.h>

namespace firstcome::worker {
namespace {

constexpr coupon_id seven{7};
constexpr const char* series = "firstcome_worker_lag{coupon=\"7\"}";

bool shows(const worker_metrics& metrics, const std::string& text) {
  return metrics.to_prometheus().find(text) != std::string::npos;
}

TEST(worker_metrics, shows_how_far_a_coupon_is_behind_until_it_is_over) {
  worker_metrics metrics;
  metrics.count_move(seven, {.outcome = move_outcome::moved, .rows = 5, .behind = 12});
  EXPECT_TRUE(shows(metrics, std::string(series) + " 12"));
  metrics.count_standing(seven, 0, false);
  EXPECT_TRUE(shows(metrics, std::string(series) + " 0"));
  metrics.count_standing(seven, 0, true);
  EXPECT_FALSE(shows(metrics, series));
}

TEST(worker_metrics, has_no_series_for_coupons_that_were_never_behind) {
  worker_metrics metrics;
  for (std::int64_t id = 1; id <= 1000; ++id) {
    metrics.count_move(coupon_id{id}, {.outcome = move_outcome::nothing});
    metrics.count_standing(coupon_id{id}, 0, id % 2 == 0);
  }
  EXPECT_FALSE(shows(metrics, "coupon="));
}

TEST(worker_metrics, shows_what_a_scan_found_waiting) {
  worker_metrics metrics;
  metrics.count_standing(seven, 3, false);
  EXPECT_TRUE(shows(metrics, std::string(series) + " 3"));
}

}  // namespace
}  // namespace firstcome::worker
