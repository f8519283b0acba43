#pragma once

// What the contract suite of the ledger needs from an implementation. A new one joins by a subclass and one
// INSTANTIATE_TEST_SUITE_P, in ledger_contract_test.cpp or in a file of its own.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <vector>

#include "ledger/ledger.hpp"

namespace firstcome::testing {

class ledger_under_test {
 public:
  virtual ~ledger_under_test() = default;

  virtual ledger::writer& writer() = 0;
  virtual std::unique_ptr<ledger::reader> open_reader() = 0;
  virtual std::unique_ptr<ledger::loader> open_loader() = 0;
  /// Closes everything and opens it again, as a restart of the process would. Readers opened before are void.
  virtual void reopen() = 0;
};

using ledger_factory = std::function<std::unique_ptr<ledger_under_test>()>;

class ledger_contract : public ::testing::TestWithParam<ledger_factory> {
 protected:
  coupon_id create(std::optional<std::int32_t> total_quantity);
  ledger::commit_outcome commit(const std::vector<ledger::new_issue>& rows) { return store_->writer().commit(rows); }
  std::vector<issue_record> all_issues();
  coupon only_coupon() { return store_->open_loader()->coupons().at(0); }

  std::unique_ptr<ledger_under_test> store_ = GetParam()();
};

}  // namespace firstcome::testing
