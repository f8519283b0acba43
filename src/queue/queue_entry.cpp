#include "queue/queue_entry.hpp"

#include <algorithm>
#include <charconv>
#include <variant>

#include "domain/decimal.hpp"

namespace firstcome::queue {

namespace {

constexpr std::int64_t milliseconds_max = 253'402'300'799'999;  // the end of the year 9999

struct parts {
  std::uint64_t number = 0;
  std::uint64_t counter = 0;
};

std::optional<std::uint64_t> part(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (text.front() == '0' && text.size() > 1) return std::nullopt;
  return value;
}

std::optional<parts> parse(std::string_view position) {
  const auto dash = position.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = part(position.substr(0, dash));
  const auto counter = part(position.substr(dash + 1));
  if (!number || !counter) return std::nullopt;
  return parts{*number, *counter};
}

/// The users, or a sentence that says why not.
std::variant<std::vector<user_id>, std::string> users_of(std::string_view text) {
  std::vector<user_id> users;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    const auto id = from_decimal(text.substr(start, comma - start), id_min, id_max);
    if (!id) return "user " + std::to_string(users.size() + 1) + " of the entry has no valid id";
    if (users.size() == entry_users_max) return std::string("the entry has too many users");
    users.push_back(user_id{*id});
    start = comma + 1;
  }
  std::vector<user_id> sorted = users;
  std::sort(sorted.begin(), sorted.end());
  if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
    return "user " + std::to_string(raw(*twice)) + " stands twice in the entry";
  return users;
}

std::variant<admissions, std::string> read(const stream_fields& fields) {
  if (fields.size() != 3 || fields[0].first != "s" || fields[1].first != "t" || fields[2].first != "u")
    return std::string("the entry's fields are not s, t, u");
  const auto first = from_decimal(fields[0].second, 1, quantity_max);
  if (!first) return std::string("the first sequence is not a number from 1 to 2147483647");
  const auto at_ms = from_decimal(fields[1].second, 0, milliseconds_max);
  if (!at_ms) return std::string("the time is not a number of milliseconds since 1970");
  auto users = users_of(fields[2].second);
  if (auto* why_not = std::get_if<std::string>(&users)) return std::move(*why_not);
  auto& list = std::get<std::vector<user_id>>(users);
  if (*first + static_cast<std::int64_t>(list.size()) - 1 > quantity_max)
    return std::string("the last sequence is past 2147483647");
  return admissions{static_cast<sequence_number>(*first), timestamp(std::chrono::milliseconds(*at_ms)),
                    std::move(list)};
}

}  // namespace

bool well_formed(std::string_view position) {
  return parse(position).has_value();
}

queue_position next_position(const queue_position& at) {
  parts next = parse(at).value();
  if (++next.counter == 0) ++next.number;
  return std::to_string(next.number) + '-' + std::to_string(next.counter);
}

queue_entry decode(queue_position at, const stream_fields& fields) {
  auto content = read(fields);
  if (auto* why_not = std::get_if<std::string>(&content)) return {std::move(at), std::nullopt, std::move(*why_not)};
  return {std::move(at), std::move(std::get<admissions>(content)), {}};
}

}  // namespace firstcome::queue
