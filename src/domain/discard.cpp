#include "domain/discard.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace firstcome {

namespace json = boost::json;

operator_action discard_of(coupon_id coupon, sequence_number place, const std::optional<dead_letter>& letter,
                           const std::string& why, const actor& by, timestamp now) {
  json::object after{{"couponId", raw(coupon)}, {"sequence", place}, {"status", "discarded"}, {"reason", why}};
  std::string before;
  if (letter) {
    after["id"] = letter->id;
    json::object was{{"id", letter->id},         {"couponId", raw(coupon)},
                     {"sequence", place},        {"status", "accepted"},
                     {"reason", letter->reason}, {"dateAdmitted", to_rfc3339(letter->admitted_at)}};
    if (letter->user) after["userId"] = was["userId"] = raw(*letter->user);
    before = json::serialize(was);
  }
  return {0, coupon, by, "discard_dead_letter", std::move(before), json::serialize(after), now};
}

}  // namespace firstcome
