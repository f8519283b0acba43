#pragma once

// What the contract suite of the shared ledger needs from an implementation. A new one joins by a subclass and one
// INSTANTIATE_TEST_SUITE_P in a file of its own that includes this (see shared_ledger_contract_test.cpp).

#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "ledger/shared_ledger.hpp"

namespace firstcome::testing {

class shared_ledger_under_test {
 public:
  virtual ~shared_ledger_under_test() = default;

  /// One more session with the same ledger: another node's.
  virtual std::unique_ptr<ledger::shared_ledger> open() = 0;
  /// From here on the store refuses rows of this user for their data.
  virtual void refuse_user(user_id user) = 0;
  /// The opposite.
  virtual void accept_user(user_id user) = 0;
};

using shared_ledger_factory = std::function<std::unique_ptr<shared_ledger_under_test>()>;

class shared_ledger_contract : public ::testing::TestWithParam<shared_ledger_factory> {
 protected:
  coupon_id create(std::optional<std::int32_t> total_quantity);
  /// Where the cursor stands after `sequence`, at an invented place of the queue.
  static ledger::queue_cursor at(sequence_number sequence, epoch_number epoch = 1, const std::string& run_id = "run");
  /// Users 1001, 1002, … at `first` to `last`.
  static std::vector<ledger::new_issue> rows(coupon_id coupon, sequence_number first, sequence_number last,
                                             std::int64_t user_of_first = 0);
  static ledger::append_batch batch(coupon_id coupon, sequence_number from, sequence_number to);
  static dead_letter letter(coupon_id coupon, sequence_number sequence, std::optional<user_id> user);
  /// Opens the gate, as it were: epoch 1, run_id "run".
  void set_cursor(coupon_id coupon, const ledger::queue_cursor& to);
  std::vector<issue_record> admitted(coupon_id coupon);
  std::int32_t issued(coupon_id coupon);
  /// The books: issued_quantity is the number of rows, sequences and users are unique, none above the total.
  void expect_books_agree(coupon_id coupon);

  std::unique_ptr<shared_ledger_under_test> store_ = GetParam()();
  std::unique_ptr<ledger::shared_ledger> ledger_ = store_->open();
};

}  // namespace firstcome::testing
