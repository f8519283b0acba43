#include "identity/refusal.hpp"

#include <array>

namespace firstcome::identity {
namespace {

struct wording {
  std::string_view name, description;
};

wording words_of(refusal why) {
  switch (why) {
    case refusal::missing:
      return {"missing", "no bearer token was sent"};
    case refusal::malformed:
      return {"malformed", "the token is not a signed token in the compact form"};
    case refusal::type:
      return {"type", "typ is not one of JWT and at+jwt"};
    case refusal::critical:
      return {"critical", "crit names an extension that is not understood here"};
    case refusal::algorithm:
      return {"algorithm", "no key here is for this alg"};
    case refusal::unknown_key:
      return {"unknown_key", "no key here has this kid"};
    case refusal::issuer:
      return {"issuer", "iss is not the issuer that is trusted here"};
    case refusal::audience:
      return {"audience", "aud does not name this service"};
    case refusal::expired:
      return {"expired", "the token has expired"};
    case refusal::no_expiry:
      return {"no_expiry", "exp is missing"};
    case refusal::not_yet_valid:
      return {"not_yet_valid", "nbf is in the future"};
    case refusal::user:
      return {"user", "the claim that names the user is not a whole number from 1 to 9223372036854775807"};
    case refusal::signature:
      return {"signature", "the signature does not fit"};
    case refusal::unknown_token:
      return {"unknown_token", "the token is not known here"};
  }
  return {};
}

std::array<std::string, refusals> make_challenges() {
  std::array<std::string, refusals> lines;
  for (std::size_t i = 0; i < refusals; ++i) {
    const auto why = static_cast<refusal>(i);
    lines[i] = why == refusal::missing ? "WWW-Authenticate: Bearer\r\n"
                                       : "WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"" +
                                             std::string(description_of(why)) + "\"\r\n";
  }
  return lines;
}

}  // namespace

std::string_view name_of(refusal why) {
  return words_of(why).name;
}

std::string_view description_of(refusal why) {
  return words_of(why).description;
}

std::string_view challenge_of(refusal why) {
  static const std::array<std::string, refusals> lines = make_challenges();
  return lines[static_cast<std::size_t>(why)];
}

std::vector<std::string> refusal_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < refusals; ++i) names.emplace_back(name_of(static_cast<refusal>(i)));
  return names;
}

}  // namespace firstcome::identity
