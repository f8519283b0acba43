#pragma once

// Everything that memory is rebuilt from, in one pass over the table in its own order, which is each coupon's issues by
// sequence. Throws ledger_broken when the file cannot be read to its end. Thread safety: one thread at a time.

#include "ledger/ledger.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

class sqlite_loader final : public loader {
 public:
  explicit sqlite_loader(sql::connection db) : db_(std::move(db)) {}

  std::vector<coupon> coupons() override;
  void issues(const std::function<void(const issue_record&)>& each) override;

 private:
  sql::connection db_;
};

}  // namespace firstcome::ledger
