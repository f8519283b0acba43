// A user's token before anybody has looked at its signature: as it is sent, and, so that the fuzzer need not learn
// base64, as a header and a payload with a line feed between them. The judge is another reader: of what ours accepts,
// the parts are the only spelling of their bytes, and Boost.JSON finds the same user and an expiry that has not passed.

#include <boost/json/parse.hpp>

#include <cstdint>
#include <string>

#include "fuzz/must.hpp"
#include "identity/base64.hpp"
#include "identity/user_token.hpp"

namespace {

using namespace firstcome;
using identity::decode_base64url;
using identity::encode_base64url;

constexpr std::size_t longest_token = 64 * 1024;  // as long as a request's head may be
constexpr std::int64_t now_s = 1'800'000'000;
const identity::token_time now{std::chrono::seconds(now_s)};

boost::json::object as_others_read_it(std::string_view part) {
  const auto bytes = decode_base64url(part);
  must(bytes.has_value());
  must(encode_base64url(*bytes) == part);
  boost::system::error_code wrong;
  const boost::json::value value = boost::json::parse(*bytes, wrong);
  must(!wrong && value.is_object());
  return value.get_object();
}

void check(std::string_view token, const identity::token_rules& rules) {
  const auto ours = identity::read_user_token(token, rules, now);
  if (!ours) return must(!identity::name_of(ours.error()).empty());
  const std::size_t first = token.find('.'), last = token.rfind('.');
  must(first != token.npos && first < last && token.find('.', first + 1) == last);
  must(ours->signed_text == token.substr(0, last));
  must(ours->signature == token.substr(last + 1));
  const auto signature = decode_base64url(ours->signature);
  must(signature && !signature->empty() && encode_base64url(*signature) == ours->signature);
  const auto header = as_others_read_it(token.substr(0, first));
  must(header.at("alg") == boost::json::string_view(name_of(ours->signed_with)));
  must(!header.contains("crit"));
  const auto claims = as_others_read_it(token.substr(first + 1, last - first - 1));
  const boost::json::value& user = claims.at(rules.user_claim);
  must(raw(ours->user) >= id_min);
  must(user.is_string() ? user.get_string() == std::to_string(raw(ours->user)) : user == raw(ours->user));
  must(claims.contains("exp") || rules.allow_no_expiry);
  must(ours->expires_at_s > static_cast<double>(now_s) - 5);
  if (!rules.issuer.empty()) must(claims.at("iss") == boost::json::string_view(rules.issuer));
  if (!rules.audiences.empty()) must(claims.contains("aud"));
}

void check_with_all_rules(std::string_view token) {
  check(token, {});
  check(token, {.issuer = "i", .audiences = {"a", "b"}});
  check(token, {.user_claim = "n", .allow_no_expiry = true});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > longest_token) return 0;  // the connection refuses it before anybody reads it
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_with_all_rules(text);
  const std::size_t line = text.find('\n');
  if (line == text.npos) return 0;
  check_with_all_rules(encode_base64url(text.substr(0, line)) + '.' + encode_base64url(text.substr(line + 1)) +
                       ".AAAA");
  return 0;
}
