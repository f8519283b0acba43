#pragma once

// An embedded ledger as a whole, for whoever carries it elsewhere: rows as they stand in the file, with what no answer
// of the API shows (orders, reasons). It only reads; the folder's lock is the caller's proof that nobody writes.
// Thread safety: one thread.

#include <functional>
#include <string>
#include <vector>

#include "domain/issue_life.hpp"
#include "domain/operator_action.hpp"
#include "ledger/sqlite/data_folder.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

/// A row of coupon_issues. `id` rises with (coupon, sequence) and names the row in this file.
struct carried_issue {
  std::int64_t id = 0;
  stored_issue issue;
  std::string return_reason;  // empty: none was given
};

struct carried_key {
  std::string key, fingerprint;
  coupon_id coupon{};
  timestamp date_created;
};

class embedded_ledger {
 public:
  /// Throws std::runtime_error, a sentence for the operator, when there is no ledger of this version in the folder.
  explicit embedded_ledger(const data_folder& held);

  /// The same text for the same rows, and another one once anything was issued, used, returned or changed.
  std::string fingerprint();
  std::int64_t issues();
  std::int64_t actions();

  std::vector<coupon> coupons();
  std::vector<carried_key> keys();
  /// In ascending id, those after `after`, until `take` answers false or there are no more.
  void each_issue(std::int64_t after, const std::function<bool(const carried_issue&)>& take);
  void each_action(std::int64_t after, const std::function<bool(const operator_action&)>& take);

 private:
  sql::connection db_;
};

}  // namespace firstcome::ledger
