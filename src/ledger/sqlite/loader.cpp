#include "ledger/sqlite/loader.hpp"

#include "ledger/sqlite/rows.hpp"

namespace firstcome::ledger {

std::vector<coupon> sqlite_loader::coupons() try {
  std::vector<coupon> all;
  sql::statement query(db_.handle(), std::string("SELECT ") + coupon_columns + " FROM coupons ORDER BY id");
  while (query.step()) all.push_back(coupon_from(query));
  return all;
} catch (const sql::sqlite_error& e) {
  throw ledger_broken(e.what());
}

void sqlite_loader::issues(const std::function<void(const issue_record&)>& each) try {
  sql::statement query(db_.handle(), std::string("SELECT ") + issue_columns + " FROM coupon_issues ORDER BY id");
  while (query.step()) each(issue_from(query));
} catch (const sql::sqlite_error& e) {
  throw ledger_broken(e.what());
}

}  // namespace firstcome::ledger
