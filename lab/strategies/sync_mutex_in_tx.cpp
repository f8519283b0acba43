// sync-mutex-in-tx: a mutex of the process, taken inside the transaction and released before the commit. It looks
// safe: only one thread at a time reads and writes. But what it wrote is not visible to the next one until the commit,
// which comes after the mutex was released; so the next one still reads the old count. (This is what a `synchronized`
// block inside a method with @Transactional does.)

#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

class sync_mutex_in_tx final : public strategy {
 public:
  sync_mutex_in_tx(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

  result<issue_decision> issue(coupon_id coupon, user_id user) override {
    transaction all_or_nothing(own_.tables);
    const issue_decision said = issue_alone(coupon, user);
    shared_.think();
    all_or_nothing.commit();
    return said;
  }

 private:
  issue_decision issue_alone(coupon_id coupon, user_id user) {
    const std::lock_guard alone(shared_.mutex);
    return read_check_write(shared_, own_.tables, coupon, user);
  }

  shared_parts& shared_;
  per_thread& own_;
};

}  // namespace

std::unique_ptr<strategy> make_sync_mutex_in_tx(shared_parts& shared, per_thread& own) {
  return std::make_unique<sync_mutex_in_tx>(shared, own);
}

}  // namespace firstcome::issuing
