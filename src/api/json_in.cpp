#include "api/json_in.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <vector>

namespace firstcome::api {
namespace {

namespace json = boost::json;
using boost::system::error_code;
using kind = json_member::kind;

constexpr std::int64_t exponent_max = 100'000;  // past a body's length, so that no digit of it could undo one
constexpr std::int64_t int64_digits_max = 18;   // that surely fit
constexpr std::size_t unknown_members_max = 64;
constexpr std::size_t name_length_max = 128;  // bytes; ours are far shorter

struct whole_reading {
  kind is = kind::fraction;
  std::int64_t value = 0;
};

/// Exactly, by the digits: the nearest double of a fraction may be whole.
whole_reading read_whole(std::string_view number) {
  const std::size_t exponent_at = std::min(number.find_first_of("eE"), number.size());
  const bool plain = number.find_first_of(".eE") == number.npos;
  std::string digits;
  std::int64_t scale = 0;  // the value is `digits` times ten to this
  bool behind_point = false;
  for (const char c : number.substr(0, exponent_at)) {
    if (c == '.') behind_point = true;
    if (c < '0' || c > '9') continue;
    digits += c;
    scale -= behind_point ? 1 : 0;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.empty()) return {kind::whole, 0};
  if (exponent_at < number.size()) {
    std::string_view text = number.substr(exponent_at + 1);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t exponent = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (ec != std::errc() || std::abs(exponent) > exponent_max) return {};
    scale += exponent;
  }
  while (digits.ends_with('0')) {
    digits.pop_back();
    ++scale;
  }
  if (scale < 0) return {};
  if (plain) return {kind::integer_out_of_range, 0};
  if (static_cast<std::int64_t>(digits.size()) + scale > int64_digits_max) return {};
  std::int64_t value = 0;
  digits.append(static_cast<std::size_t>(scale), '0');
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return {kind::whole, number.starts_with('-') ? -value : value};
}

/// What basic_parser calls while it reads. Returning false with an error ends the reading.
class flat_object_handler {
 public:
  static constexpr std::size_t max_array_size = 0;
  static constexpr std::size_t max_object_size = unknown_members_max + 16;
  static constexpr std::size_t max_string_size = 64 * 1024;
  static constexpr std::size_t max_key_size = name_length_max;

  flat_object_handler(std::span<json_member> members, unknown_members unknown) : members_(members), unknown_(unknown) {}

  std::optional<problem> refusal;

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) {
    if (std::exchange(inside_, true)) return refuse_nesting(ec);
    return true;
  }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_array_begin(error_code& ec) { return inside_ ? refuse_nesting(ec) : refuse_root(ec); }
  bool on_array_end(std::size_t, error_code&) { return true; }

  bool on_key_part(json::string_view part, std::size_t, error_code&) {
    name_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t n, error_code& ec) {
    on_key_part(part, n, ec);
    const auto known = std::ranges::find(members_, std::string_view(name_), &json_member::name);
    member_ = known == members_.end() ? nullptr : &*known;
    const bool fine = member_ != nullptr ? first_time(ec) : unknown_first_time(ec);
    if (member_ != nullptr) name_.clear();
    return fine;
  }

  bool on_string_part(json::string_view part, std::size_t, error_code& ec) {
    if (!inside_) return refuse_root(ec);
    if (member_ != nullptr) member_->text.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t n, error_code& ec) {
    return on_string_part(part, n, ec) && holds(kind::text, ec);
  }

  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, error_code& ec) {
    if (member_ != nullptr) member_->integer = value;
    return holds(kind::integer, ec);
  }
  bool on_uint64(std::uint64_t, json::string_view, error_code& ec) { return holds(kind::integer_out_of_range, ec); }
  bool on_double(double, json::string_view text, error_code& ec) {
    const whole_reading reading = read_whole(std::string_view(text.data(), text.size()));
    if (member_ != nullptr) member_->integer = reading.value;
    return holds(reading.is, ec);
  }
  bool on_bool(bool value, error_code& ec) {
    if (member_ != nullptr) member_->boolean = value;
    return holds(kind::boolean, ec);
  }
  bool on_null(error_code& ec) { return holds(kind::null, ec); }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

 private:
  bool refuse(problem why, error_code& ec) {
    refusal = std::move(why);
    ec = json::error::syntax;
    return false;
  }
  bool refuse_root(error_code& ec) {
    return refuse({problem_code::malformed_request, "The body must be a JSON object."}, ec);
  }
  bool refuse_nesting(error_code& ec) {
    return refuse({problem_code::malformed_request, "The body may not hold an object or a list inside."}, ec);
  }
  bool refuse_second(std::string_view name, error_code& ec) {
    return refuse({problem_code::malformed_request, "The member " + std::string(name) + " stands there twice."}, ec);
  }

  bool holds(kind what, error_code& ec) {
    if (!inside_) return refuse_root(ec);
    if (member_ != nullptr) member_->holds = what;
    return true;
  }

  bool first_time(error_code& ec) { return member_->holds == kind::absent || refuse_second(member_->name, ec); }

  bool unknown_first_time(error_code& ec) {
    if (unknown_ == unknown_members::refused)
      return refuse({problem_code::invalid_coupon, "A coupon has no member " + name_ + " that could be set here."}, ec);
    if (std::ranges::find(unknown_names_, name_) != unknown_names_.end()) return refuse_second(name_, ec);
    if (unknown_names_.size() == unknown_members_max)
      return refuse({problem_code::malformed_request, "The body has too many members."}, ec);
    unknown_names_.push_back(std::exchange(name_, {}));
    return true;
  }

  std::span<json_member> members_;
  unknown_members unknown_;
  bool inside_ = false;
  std::string name_;
  json_member* member_ = nullptr;  // whose value comes next; null for an unknown one
  std::vector<std::string> unknown_names_;
};

std::string reason(error_code ec) {
  if (ec == json::error::incomplete) return "The body ends before its JSON does.";
  if (ec == json::error::extra_data) return "The body goes on behind its JSON object.";
  if (ec == json::error::key_too_large) return "The body has a member with too long a name.";
  if (ec == json::error::string_too_large) return "The body has too long a text.";
  if (ec == json::error::object_too_large) return "The body has too many members.";
  return "The body is not valid JSON in UTF-8.";
}

}  // namespace

std::optional<problem> read_flat_object(std::string_view body, std::span<json_member> members,
                                        unknown_members unknown) {
  if (body.empty()) {
    std::string names;
    for (const json_member& m : members) names.append(names.empty() ? "" : ", ").append(m.name);
    return problem{problem_code::malformed_request, "The body must be a JSON object with " + names + "; it is empty."};
  }
  json::basic_parser<flat_object_handler> parser(json::parse_options{}, members, unknown);
  error_code ec;
  const std::size_t used = parser.write_some(false, body.data(), body.size(), ec);
  if (!ec && used < body.size()) ec = json::error::extra_data;
  if (!ec) return std::nullopt;
  if (parser.handler().refusal) return std::move(parser.handler().refusal);
  return problem{problem_code::malformed_request, reason(ec)};
}

}  // namespace firstcome::api
