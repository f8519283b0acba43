#include "identity/user_token.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <memory>

#include "identity/base64.hpp"

namespace firstcome::identity {
namespace {

namespace json = boost::json;
using boost::beast::iequals;
constexpr std::size_t usual_objects_size = 8 * 1024;  // of a token's two objects as Boost.JSON keeps them
constexpr std::size_t remembered_header_max = 1024;

template <class T>
using reading = boost::system::result<T, refusal>;

struct token_parts {
  std::string_view header, payload, signature, signed_text;
};

std::optional<token_parts> parts_of(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t last = token.find('.', first + 1);
  if (last == std::string_view::npos || token.find('.', last + 1) != std::string_view::npos) return std::nullopt;
  return token_parts{token.substr(0, first), token.substr(first + 1, last - first - 1), token.substr(last + 1),
                     token.substr(0, last)};
}

/// Room for a token's part, on the stack as far as usual ones go.
class text_room {
 public:
  char* of(std::size_t size) {
    if (size <= usual_.size()) return usual_.data();
    large_ = std::make_unique_for_overwrite<char[]>(size);
    return large_.get();
  }

 private:
  std::array<char, 2048> usual_;
  std::unique_ptr<char[]> large_;
};

/// A member that is there twice counts with its last value, as RFC 7519 section 4 allows.
std::optional<json::object> object_of(std::string_view encoded, json::monotonic_resource& memory) {
  text_room room;
  char* const text = room.of(base64url_bytes_max(encoded.size()));
  const std::optional<std::size_t> size = decode_base64url(encoded, text);
  if (!size || *size == 0) return std::nullopt;
  boost::system::error_code wrong;
  json::value parsed = json::parse(json::string_view(text, *size), wrong, &memory);
  if (wrong || !parsed.is_object()) return std::nullopt;
  return std::move(parsed.get_object());
}

/// RFC 9068 section 2.1, and what is written without a thought: `typ` absent, or JWT.
bool is_usual_type(const json::object& header) {
  const json::value* type = header.if_contains("typ");
  if (type == nullptr) return true;
  if (!type->is_string()) return false;
  const std::string_view text = type->get_string();
  return iequals(text, "JWT") || iequals(text, "at+jwt") || iequals(text, "application/at+jwt");
}

/// What a header says. It is the same text in all tokens that a key has signed.
struct token_header {
  algorithm signed_with{};
  std::string key_id;
};

reading<token_header> read_header(const json::object& header) {
  if (!is_usual_type(header)) return refusal::type;
  if (header.contains("crit")) return refusal::critical;  // nothing that it could name is understood here
  const json::value* algorithm = header.if_contains("alg");
  if (algorithm == nullptr || !algorithm->is_string()) return refusal::algorithm_kind;
  const auto named = algorithm_named(std::string_view(algorithm->get_string()));
  if (!named) return refusal::algorithm;
  const json::value* key_id = header.if_contains("kid");
  if (key_id == nullptr) return token_header{*named, {}};
  if (!key_id->is_string()) return refusal::key_id_kind;
  return token_header{*named, std::string(key_id->get_string())};
}

/// The thread's last good header is remembered: a crowd has one.
reading<token_header> header_of(std::string_view encoded, json::monotonic_resource& memory) {
  struct known_header {
    std::string encoded;
    token_header says;
  };
  static thread_local known_header last;
  if (!encoded.empty() && encoded == last.encoded) return last.says;
  const std::optional<json::object> header = object_of(encoded, memory);
  if (!header) return refusal::malformed;
  reading<token_header> says = read_header(*header);
  if (says && encoded.size() <= remembered_header_max) last = {std::string(encoded), *says};
  return says;
}

std::optional<refusal> check_issuer(const json::object& claims, std::string_view wanted) {
  const json::value* issuer = claims.if_contains("iss");
  if (issuer == nullptr) return refusal::issuer;
  if (!issuer->is_string()) return refusal::issuer_kind;
  if (std::string_view(issuer->get_string()) != wanted) return refusal::issuer;
  return std::nullopt;
}

/// `aud` is a text or a list of texts (RFC 7519 section 4.1.3), one of which is wanted.
std::optional<refusal> check_audience(const json::object& claims, const std::vector<std::string>& wanted) {
  const json::value* audience = claims.if_contains("aud");
  if (audience == nullptr) return refusal::audience;
  const auto is_text = [](const json::value& one) { return one.is_string(); };
  const auto is_wanted = [&](const json::value& one) {
    return one.is_string() && std::ranges::find(wanted, std::string_view(one.get_string())) != wanted.end();
  };
  const json::array* const list = audience->if_array();
  if (list != nullptr ? std::ranges::any_of(*list, is_wanted) : is_wanted(*audience)) return std::nullopt;
  const bool texts = list != nullptr ? std::ranges::all_of(*list, is_text) : is_text(*audience);
  return texts ? refusal::audience : refusal::audience_kind;
}

/// NumericDate: a number of seconds since 1970, with or without a fraction or an exponent. Absent is well; another kind
/// of value, or no finite number, is an error.
bool read_time(const json::object& claims, std::string_view name, std::optional<double>& seconds) {
  const json::value* claim = claims.if_contains(name);
  if (claim == nullptr) return true;
  if (!claim->is_number()) return false;
  seconds = claim->is_double()  ? claim->get_double()
            : claim->is_int64() ? static_cast<double>(claim->get_int64())
                                : static_cast<double>(claim->get_uint64());
  return std::isfinite(*seconds);
}

/// From nbf on and before exp, each with the leeway.
std::optional<refusal> check_times(const json::object& claims, const token_rules& rules, token_time now,
                                   unverified_token& into) {
  std::optional<double> not_before, expiry;
  if (!read_time(claims, "nbf", not_before)) return refusal::not_before_kind;
  if (!read_time(claims, "exp", expiry)) return refusal::expiry_kind;
  if (!expiry && !rules.allow_no_expiry) return refusal::no_expiry;
  const std::chrono::duration<double> latest = (now + rules.leeway).time_since_epoch();
  const std::chrono::duration<double> earliest = (now - rules.leeway).time_since_epoch();
  if (expiry && *expiry <= earliest.count()) return refusal::expired;
  if (not_before && *not_before > latest.count()) return refusal::not_yet_valid;
  if (expiry) into.expires_at_s = *expiry;
  return std::nullopt;
}

std::optional<user_id> user_of(const json::object& claims, std::string_view name) {
  const json::value* claim = claims.if_contains(name);
  if (claim == nullptr) return std::nullopt;
  std::int64_t id = 0;
  if (claim->is_int64()) {
    id = claim->get_int64();
  } else if (claim->is_string()) {
    const std::string_view text = claim->get_string();
    if (text.starts_with('0')) return std::nullopt;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  }
  if (id < 1) return std::nullopt;
  return static_cast<user_id>(id);
}

std::optional<refusal> read_claims(const json::object& claims, const token_rules& rules, token_time now,
                                   unverified_token& into) {
  if (!rules.issuer.empty())
    if (const auto why = check_issuer(claims, rules.issuer)) return why;
  if (!rules.audiences.empty())
    if (const auto why = check_audience(claims, rules.audiences)) return why;
  if (const auto why = check_times(claims, rules, now, into)) return why;
  const std::optional<user_id> user = user_of(claims, rules.user_claim);
  if (!user) return refusal::user;
  into.user = *user;
  return std::nullopt;
}

}  // namespace

reading<unverified_token> read_user_token(std::string_view token, const token_rules& rules, token_time now) {
  const std::optional<token_parts> parts = parts_of(token);
  if (!parts) return refusal::malformed;
  std::array<unsigned char, usual_objects_size> room;
  json::monotonic_resource memory(room.data(), room.size());  // from the heap past that
  reading<token_header> header = header_of(parts->header, memory);
  if (!header) return header.error();
  const std::optional<json::object> claims = object_of(parts->payload, memory);
  if (!claims || parts->signature.empty() || !is_base64url(parts->signature)) return refusal::malformed;
  unverified_token read;
  if (const auto why = read_claims(*claims, rules, now, read)) return *why;
  read.signed_with = header->signed_with;
  read.key_id = std::move(header->key_id);
  read.signature = parts->signature;
  read.signed_text = parts->signed_text;
  return read;
}

}  // namespace firstcome::identity
