#include "lab/strategies/shared_coupons.hpp"

#include <boost/json.hpp>

#include "lab/strategies/ask_redis.hpp"
#include "lab/strategies/lab_keys.hpp"

namespace firstcome::issuing {
namespace {

constexpr const char* lives_ms = "60000";

}  // namespace

std::string to_text(const cached_coupon& value) {
  const coupon& c = value.what.value();
  boost::json::object text{{"id", raw(c.id)},
                           {"title", c.title},
                           {"couponType", c.coupon_type},
                           {"totalQuantity", nullptr},
                           {"issuedQuantity", c.issued_quantity},
                           {"start", to_microseconds(c.window.start)},
                           {"end", to_microseconds(c.window.end)},
                           {"gone", value.gone},
                           {"refreshedAs", static_cast<int>(value.refreshed_as)}};
  if (c.total_quantity) text["totalQuantity"] = *c.total_quantity;
  return boost::json::serialize(text);
}

std::optional<cached_coupon> cached_coupon_from(std::string_view text) {
  boost::system::error_code broken;
  const boost::json::value parsed = boost::json::parse(text, broken);
  if (broken || !parsed.is_object()) return std::nullopt;
  try {
    const boost::json::object& o = parsed.as_object();
    coupon c;
    c.id = coupon_id{o.at("id").as_int64()};
    c.title = o.at("title").as_string();
    c.coupon_type = o.at("couponType").as_string();
    if (!o.at("totalQuantity").is_null()) c.total_quantity = o.at("totalQuantity").to_number<std::int32_t>();
    c.issued_quantity = o.at("issuedQuantity").to_number<std::int32_t>();
    c.window = {.start = from_microseconds(o.at("start").as_int64()), .end = from_microseconds(o.at("end").as_int64())};
    return cached_coupon{.what = c,
                         .gone = o.at("gone").as_bool(),
                         .refreshed_as = static_cast<coupon_state>(o.at("refreshedAs").to_number<int>())};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<cached_coupon> shared_coupons::find_shared(coupon_id id) {
  const std::string key = lab_keys::coupon(id);
  const redis::reply found = ask(own_.redis, {"GET", key});
  if (found.is_nil()) return std::nullopt;
  return cached_coupon_from(found.text());
}

void shared_coupons::share(coupon_id id, const cached_coupon& value) {
  const std::string key = lab_keys::coupon(id), text = to_text(value);
  ask(own_.redis, {"SET", key, text, "PX", lives_ms});
}

void shared_coupons::unshare(coupon_id id) {
  const std::string key = lab_keys::coupon(id);
  ask(own_.redis, {"DEL", key});
}

void shared_coupons::announce_change(coupon_id id) {
  unshare(id);
  const std::string text = std::to_string(raw(id));
  ask(own_.redis, {"PUBLISH", lab_keys::changes, text});
}

}  // namespace firstcome::issuing
