#include "domain/error.hpp"

namespace firstcome {
namespace {

class category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "firstcome"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::overloaded:
        return "too much is waiting; nothing was done";
      case errc::unavailable:
        return "the outcome is unknown; ask again";
      case errc::coupon_not_found:
        return "there is no such coupon";
      case errc::issue_not_found:
        return "this user has no such coupon";
      case errc::already_used:
        return "this coupon was already used";
      case errc::below_minimum:
        return "the order is below the coupon's minimum amount";
      case errc::quantity_below_issued:
        return "more coupons than that are already issued";
      case errc::invalid_coupon:
        return "the coupon is not valid";
      case errc::returned:
        return "this coupon was returned";
      case errc::used_by_another_order:
        return "another order used this coupon";
      case errc::idempotency_key_reused:
        return "this idempotency key came before, with another request";
    }
    return "unknown error";
  }
};

}  // namespace

const boost::system::error_category& firstcome_category() {
  static const category instance;
  return instance;
}

}  // namespace firstcome
