// sync-mutex: a mutex of the process around the whole transaction. Right on one server. A second server has a mutex of
// its own, and the two know nothing of each other.

#include "lab/strategies/read_check_write.hpp"

namespace firstcome::issuing {
namespace {

class sync_mutex final : public strategy {
 public:
  sync_mutex(shared_parts& shared, per_thread& own) : shared_(shared), own_(own) {}

  result<issue_decision> issue(coupon_id coupon, user_id user) override {
    const std::lock_guard alone(shared_.mutex);
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

std::unique_ptr<strategy> make_sync_mutex(shared_parts& shared, per_thread& own) {
  return std::make_unique<sync_mutex>(shared, own);
}

}  // namespace firstcome::issuing
