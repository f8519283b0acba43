#include "coordination/bisect_refused_rows.hpp"

namespace firstcome::coordination {
namespace {

using ledger::append_outcome;

class bisection {
 public:
  bisection(ledger::shared_ledger& ledger, coupon_id coupon) : ledger_(ledger), coupon_(coupon) {}

  /// `rows` were refused together.
  void split(std::span<const ledger::new_issue> rows) {
    if (rows.size() == 1) {
      const ledger::new_issue& row = rows.front();
      sorted_.dead.push_back(
          {0, coupon_, row.sequence, row.user, row.date_issued, "the ledger refuses the row's data"});
      return;
    }
    const std::size_t half = rows.size() / 2;
    bisect(rows.first(half));
    bisect(rows.subspan(half));
  }

  bisected_batch result() { return std::move(sorted_); }

 private:
  void bisect(std::span<const ledger::new_issue> rows) {
    if (rows.empty() || sorted_.outcome != append_outcome::committed) return;
    const append_outcome outcome = ledger_.probe(coupon_, rows);
    if (outcome == append_outcome::refused) return split(rows);
    if (outcome == append_outcome::committed) {
      sorted_.rows.insert(sorted_.rows.end(), rows.begin(), rows.end());
    } else {
      sorted_.outcome = outcome;
    }
  }

  ledger::shared_ledger& ledger_;
  const coupon_id coupon_;
  bisected_batch sorted_;
};

}  // namespace

bisected_batch bisect_refused_rows(ledger::shared_ledger& ledger, coupon_id coupon,
                                   std::span<const ledger::new_issue> rows) {
  bisection s(ledger, coupon);
  if (!rows.empty()) s.split(rows);
  return s.result();
}

}  // namespace firstcome::coordination
