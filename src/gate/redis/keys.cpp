#include "gate/redis/keys.hpp"

#include <array>
#include <charconv>
#include <string_view>

namespace firstcome::gate {

namespace {

void append(std::string& to, std::int64_t number) {
  std::array<char, 24> digits;
  to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void begin(std::string& key, coupon_id coupon, std::string_view what) {
  key.assign("fc:{");
  append(key, raw(coupon));
  key.append("}:").append(what);
}

}  // namespace

void gate_keys::name(coupon_id coupon, epoch_number epoch) {
  begin(meta, coupon, "meta");
  begin(users, coupon, "users:");
  append(users, epoch);
  begin(queue, coupon, "queue:");
  append(queue, epoch);
}

}  // namespace firstcome::gate
