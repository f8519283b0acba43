#include "domain/time.hpp"

#include <algorithm>

namespace firstcome {
namespace {

using namespace std::chrono;

constexpr timestamp latest{sys_days{year{9999} / December / 31} + hours{24} - microseconds{1}};

/// Writes `value` with leading zeros and moves on.
void put(char*& out, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  out += digits;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Reads a text from left to right; each function says whether what it wants was there, and then moves on.
class scanner {
 public:
  explicit scanner(std::string_view text) : rest_(text) {}

  bool number(int digits, int& value) {
    if (rest_.size() < static_cast<std::size_t>(digits)) return false;
    value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!is_digit(c)) return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return true;
  }

  bool any_of(std::string_view wanted, char& found) {
    if (rest_.empty() || wanted.find(rest_.front()) == wanted.npos) return false;
    found = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  bool one(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// One to nine digits; those past the sixth are cut.
  bool fraction(microseconds& value) {
    int us = 0, digits = 0;
    for (; digits < 9 && !rest_.empty() && is_digit(rest_.front()); ++digits, rest_.remove_prefix(1))
      if (digits < 6) us = us * 10 + (rest_.front() - '0');
    for (int i = digits; i < 6; ++i) us *= 10;
    value = microseconds{us};
    return digits > 0;
  }

  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

bool read_date(scanner& in, sys_days& date) {
  int y = 0, m = 0, d = 0;
  if (!in.number(4, y) || !in.one('-') || !in.number(2, m) || !in.one('-') || !in.number(2, d)) return false;
  const year_month_day day{year{y}, month(m), std::chrono::day(d)};
  date = day;
  return day.ok();
}

bool read_time_of_day(scanner& in, microseconds& time) {
  int h = 0, m = 0, s = 0;
  if (!in.number(2, h) || !in.one(':') || !in.number(2, m) || !in.one(':') || !in.number(2, s)) return false;
  if (h > 23 || m > 59 || s > 59) return false;
  microseconds fraction{0};
  if (in.one('.') && !in.fraction(fraction)) return false;
  time = hours{h} + minutes{m} + seconds{s} + fraction;
  return true;
}

bool read_zone(scanner& in, minutes& offset) {
  char sign{};
  if (!in.any_of("Zz+-", sign)) return false;
  if (sign == 'Z' || sign == 'z') return true;
  int h = 0, m = 0;
  if (!in.number(2, h) || !in.one(':') || !in.number(2, m) || h > 23 || m > 59) return false;
  offset = (sign == '-' ? -1 : 1) * (hours{h} + minutes{m});
  return true;
}

}  // namespace

std::string_view to_rfc3339(timestamp t, rfc3339_buffer& buffer) {
  const auto midnight = floor<days>(t);
  const year_month_day date{midnight};
  const hh_mm_ss time{t - midnight};
  char* out = buffer.data();
  put(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  *out++ = '-';
  put(out, static_cast<unsigned>(date.month()), 2);
  *out++ = '-';
  put(out, static_cast<unsigned>(date.day()), 2);
  *out++ = 'T';
  put(out, static_cast<unsigned>(time.hours().count()), 2);
  *out++ = ':';
  put(out, static_cast<unsigned>(time.minutes().count()), 2);
  *out++ = ':';
  put(out, static_cast<unsigned>(time.seconds().count()), 2);
  *out++ = '.';
  const auto us = static_cast<unsigned>(time.subseconds().count());
  us % 1000 == 0 ? put(out, us / 1000, 3) : put(out, us, 6);
  *out++ = 'Z';
  return {buffer.data(), out};
}

std::string to_rfc3339(timestamp t) {
  rfc3339_buffer buffer;
  return std::string(to_rfc3339(t, buffer));
}

std::optional<timestamp> from_rfc3339(std::string_view text) {
  scanner in(text);
  sys_days date;
  microseconds time{0};
  minutes offset{0};
  char separator{};
  if (!read_date(in, date) || !in.any_of("Tt", separator) || !read_time_of_day(in, time)) return std::nullopt;
  if (!read_zone(in, offset) || !in.at_end()) return std::nullopt;
  const timestamp t = date + time - offset;
  if (t < timestamp{} || t > latest) return std::nullopt;
  return t;
}

}  // namespace firstcome
