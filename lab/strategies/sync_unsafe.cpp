// sync-unsafe: a transaction, and no lock. Two transactions that overlap read the same count; both find that there is
// room; both write the same count plus one. One coupon more is out than the books say, until far too many are.

#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

class sync_unsafe final : public strategy {
 public:
  sync_unsafe(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

  result<issue_decision> issue(coupon_id coupon, user_id user) override {
    transaction all_or_nothing(own_.tables);
    const issue_decision said = read_check_write(shared_, own_.tables, coupon, user);
    all_or_nothing.commit();
    return said;
  }

 private:
  shared_parts& shared_;
  per_thread& own_;
};

}  // namespace

std::unique_ptr<strategy> make_sync_unsafe(shared_parts& shared, per_thread& own) {
  return std::make_unique<sync_unsafe>(shared, own);
}

}  // namespace firstcome::issuing
