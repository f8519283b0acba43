#pragma once

// An embedded ledger as a whole. It only reads; the folder's lock is the caller's proof that nobody writes.
// Thread safety: one thread.

#include "ledger/sqlite/data_folder.hpp"
#include "ledger/whole_ledger.hpp"
#include "sql/sqlite.hpp"

namespace firstcome::ledger {

class embedded_ledger final : public whole_ledger {
 public:
  /// Throws std::runtime_error, a sentence for the operator, when there is no ledger of this version in the folder.
  explicit embedded_ledger(const data_folder& held);

  std::string fingerprint() override;
  std::int64_t issues() override;
  std::int64_t actions() override;
  std::vector<coupon> coupons() override;
  std::vector<carried_key> keys() override;
  void each_issue(std::int64_t after, const std::function<void(const carried_issue&)>& take) override;
  void each_action(std::int64_t after, const std::function<void(const operator_action&)>& take) override;

 private:
  sql::connection db_;
};

}  // namespace firstcome::ledger
