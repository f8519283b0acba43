// sync-db-lock: SELECT … FOR UPDATE. The database lets the next transaction read the coupon's row when this one has
// committed: the lock is where the data is, on however many servers, and it cannot outlive its transaction.

#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

class sync_db_lock final : public strategy {
 public:
  sync_db_lock(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

  result<issue_decision> issue(coupon_id coupon, user_id user) override {
    transaction all_or_nothing(own_.tables);
    const auto locked = original_tables::read::for_update;
    const issue_decision said = read_check_write(shared_, own_.tables, coupon, user, locked);
    all_or_nothing.commit();
    return said;
  }

 private:
  shared_parts& shared_;
  per_thread& own_;
};

}  // namespace

std::unique_ptr<strategy> make_sync_db_lock(shared_parts& shared, per_thread& own) {
  return std::make_unique<sync_db_lock>(shared, own);
}

}  // namespace firstcome::issuing
