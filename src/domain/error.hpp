#pragma once

// Failures, as opposed to refusals (which are values of `verdict`). The two time-outs differ on purpose: `overloaded`
// means surely not done, `unavailable` means unknown, ask again. One outcome is never reported as the other.

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>

namespace firstcome {

enum class errc {
  overloaded = 1,          // surely not done: refused before anything happened, or rolled back
  unavailable,             // unknown whether it was done
  coupon_not_found,        //
  issue_not_found,         // both gate and ledger answered, and neither has it
  already_used,            //
  below_minimum,           // the order is below the coupon's min_available_amount
  quantity_below_issued,   // a lower total than what is already admitted
  invalid_coupon,          // the coupon would break a rule of domain/coupon.hpp
  returned,                // the user gave it back
  used_by_another_order,   // another than the one whose use is to be undone
  idempotency_key_reused,  // the key came before, with something else
};

const boost::system::error_category& firstcome_category();

inline boost::system::error_code make_error_code(errc e) {
  return {static_cast<int>(e), firstcome_category()};
}

template <class T>
using result = boost::system::result<T>;

/// A shared store (Redis, the SQL server) did not answer, or not in time: what was last asked of it may or may not have
/// happened. Code of several steps lets it pass up to its loop, which drops everything that it remembers and starts
/// over from what is stored. docs/adr/0005 says why this one is an exception.
class store_unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace firstcome

namespace boost::system {
template <>
struct is_error_code_enum<firstcome::errc> : std::true_type {};
}  // namespace boost::system
