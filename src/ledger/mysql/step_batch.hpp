#pragma once

// Steps in the lives of many issues in one transaction, however many they are: one statement reads the rows, one
// changes them on the condition that each is still as it was read, one writes the trail. A batch of 512 is five round
// trips and one commit, where 512 steps by themselves are 1,024 and 512.
//
// Uses and undone uses lock nothing while they are decided. When somebody else changed one of the rows in between, all
// of it is taken back and read again: then that other one has come further. Returns happen under the coupon's lock.
//
// Thread safety: the connection's.

#include <span>
#include <vector>

#include "domain/operator_action.hpp"
#include "ledger/ledger.hpp"
#include "ledger/mysql/issue_steps.hpp"

namespace firstcome::ledger {

class step_batch {
 public:
  /// Rows that one statement changes. From 1,000 on MariaDB makes a table of an IN before it searches.
  static constexpr std::size_t rows_max = 512;

  /// The requests outlive this.
  step_batch(sql::mysql_connection& db, std::span<const step_request> requests);

  /// In a transaction of its own; no returns. Answers each in its place. Errors: issue_not_found, those of after_step.
  /// Throws mysql_error: unknown whether any of the steps was taken; all are safe to ask again. Throws
  /// transaction_conflict when others are faster again and again: those of a statement, and later ones, surely not.
  std::vector<result<issue_record>> take();
  /// Within the transaction that the caller has begun and ends; locks the rows.
  std::vector<result<issue_record>> take_in_this_transaction();
  /// How many of the steps returned an issue.
  std::size_t returned() const { return returned_; }

 private:
  using places = std::vector<std::size_t>;  // of requests

  struct decided {
    std::vector<issue_change> changes;
    std::vector<operator_action> actions;
  };

  places first_of_each_issue(places& waiting) const;
  template <class Take>
  void each_round(Take take);
  decided decide(const places& round, row_lock lock);
  bool store(const decided& steps);
  bool store_in_a_transaction(const decided& steps);

  sql::mysql_connection& db_;
  const std::span<const step_request> requests_;
  std::vector<result<issue_record>> answers_;
  std::size_t returned_ = 0;
};

}  // namespace firstcome::ledger
