#include "gate/redis/record_text.hpp"

#include "domain/decimal.hpp"

namespace firstcome::gate {

std::optional<timestamp> milliseconds_from_text(std::string_view text) {
  const auto ms = from_decimal(text, 0, milliseconds_max);
  if (!ms) return std::nullopt;
  return timestamp(std::chrono::milliseconds(*ms));
}

std::string milliseconds_to_text(timestamp t) {
  return std::to_string(std::chrono::ceil<std::chrono::milliseconds>(t).time_since_epoch().count());
}

std::optional<admission_record> record_from_text(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const bool returned = text.ends_with('r');
  if (returned) text.remove_suffix(1);
  const auto sequence = from_decimal(text.substr(0, colon), 1, quantity_max);
  const auto at = milliseconds_from_text(text.substr(colon + 1));
  if (!sequence || !at) return std::nullopt;
  return admission_record{static_cast<sequence_number>(*sequence), *at, returned};
}

std::string to_text(sequence_number sequence, timestamp admitted_at, bool returned) {
  return std::to_string(sequence) + ':' + milliseconds_to_text(to_whole_milliseconds(admitted_at)) +
         (returned ? "r" : "");
}

std::string user_field(user_id user, sequence_number sequence) {
  return std::to_string(raw(user) > 0 ? raw(user) : -std::int64_t{sequence});
}

std::optional<user_id> user_from_field(std::string_view field) {
  const auto number = from_decimal(field, -std::int64_t{quantity_max}, id_max);
  if (!number || *number == 0) return std::nullopt;
  return user_id{*number > 0 ? *number : 0};
}

}  // namespace firstcome::gate
