#pragma once

// The data folder of a shop that has lived for a while on one machine: coupons with and without a pool, issued, used by
// orders, returned with reasons, changed by operators, created with keys. And whether a database holds just that.

#include <filesystem>
#include <string>
#include <vector>

#include "domain/coupon.hpp"
#include "support/mariadb_server.hpp"

namespace firstcome::testing {

struct old_shop {
  coupon_id pool{}, plain{}, paused{};
  std::int64_t issues = 0;
};

inline constexpr const char* old_shop_key = "the-key-of-the-pool";

/// `crowd`: how many have one of the plain coupon (users 1 to `crowd`). Of the pool of 5, users 1 to 5 have or had one:
/// 1 used his (order A-1), 2 returned his, so that one is free.
old_shop make_old_shop(const std::filesystem::path& folder, int crowd);

/// Every row of every table that both ledgers have, as text; for comparison.
std::vector<std::string> rows_in_folder(const std::filesystem::path& folder);
std::vector<std::string> rows_in_database(mariadb_server& server, const std::string& database);

}  // namespace firstcome::testing
