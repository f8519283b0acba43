#include "gate/redis/keys.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace firstcome::gate {

namespace {

void append(std::string& to, std::int64_t number) {
  std::array<char, 24> digits;
  to.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

bool is_usable(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || c == ':' || c == '_' || c == '.' || c == '-';
}

}  // namespace

bool is_usable_prefix(std::string_view prefix) {
  return !prefix.empty() && prefix.size() <= 64 && std::ranges::all_of(prefix, is_usable);
}

std::string wake_channel(std::string_view prefix) {
  return std::string(prefix) + "log";
}

std::string ledger_key(std::string_view prefix) {
  return std::string(prefix) + "ledger";
}

void gate_keys::begin(std::string& key, coupon_id coupon, std::string_view what) const {
  key.assign(prefix_).append("{");
  append(key, raw(coupon));
  key.append("}:").append(what);
}

void gate_keys::name(coupon_id coupon, epoch_number epoch) {
  begin(meta, coupon, "meta");
  begin(users, coupon, "users:");
  append(users, epoch);
  begin(queue, coupon, "queue:");
  append(queue, epoch);
}

}  // namespace firstcome::gate
