#pragma once

// What stands in a data folder's ledger, read with SQLite itself and not through our code. Nothing here changes the
// folder, so that the server finds it as it left it. Throws when the ledger cannot be read.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace firstcome::testing {

struct issue_row {
  std::int64_t coupon = 0;
  std::int64_t user = 0;
  std::int64_t sequence = 0;
  std::int64_t date_issued_us = 0;
  std::optional<std::int64_t> date_used_us;
  bool returned = false;

  friend bool operator==(const issue_row&, const issue_row&) = default;
};

struct coupon_row {
  std::int64_t id = 0;
  std::optional<std::int64_t> total_quantity;
  std::int64_t issued_quantity = 0;
};

struct ledger_rows {
  std::vector<coupon_row> coupons;
  std::vector<issue_row> issues;  // by coupon, then sequence

  const coupon_row& coupon(std::int64_t id) const;
  std::vector<issue_row> issues_of(std::int64_t coupon) const;
};

/// The whole ledger as of one transaction, while the server runs.
ledger_rows read_ledger(const std::filesystem::path& data_dir);
/// The same once the server is gone, from a copy: to open a crashed ledger in place would already repair it.
ledger_rows read_ledger_left_behind(const std::filesystem::path& data_dir);

}  // namespace firstcome::testing
