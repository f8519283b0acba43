#include "identity/refusal.hpp"

#include <algorithm>

namespace firstcome::identity {
namespace {

struct wording {
  std::string_view name, description;
};

/// The description of `user` follows the name of the claim.
wording words_of(refusal why) {
  switch (why) {
    case refusal::missing:
      return {"missing", "no bearer token was sent"};
    case refusal::malformed:
      return {"malformed",
              "the token is not a signed token in the compact form: three parts of base64url, the first two of them "
              "JSON objects"};
    case refusal::type:
      return {"type", "typ must be the text JWT or at+jwt, or be left out"};
    case refusal::critical:
      return {"critical", "crit is there, and no extension is understood here"};
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
      return {"user", " must be there, as a whole number from 1 to 9223372036854775807 or its decimal text"};
    case refusal::signature:
      return {"signature", "the signature does not fit"};
    case refusal::unknown_token:
      return {"unknown_token", "the token is not known here"};
    case refusal::algorithm_kind:
      return {"algorithm_kind", "alg must be there, as a text such as RS256"};
    case refusal::key_id_kind:
      return {"key_id_kind", "kid must be a text, or be left out"};
    case refusal::issuer_kind:
      return {"issuer_kind", "iss must be a text"};
    case refusal::audience_kind:
      return {"audience_kind", "aud must be a text or a list of texts"};
    case refusal::expiry_kind:
      return {"expiry_kind", "exp must be a number of seconds since 1970"};
    case refusal::not_before_kind:
      return {"not_before_kind", "nbf must be a number of seconds since 1970"};
  }
  return {};
}

/// What may stand within a quoted string of a header as it is; a name with anything else is not shown.
bool may_be_quoted(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

}  // namespace

std::string_view name_of(refusal why) {
  return words_of(why).name;
}

refusal_words::refusal_words(std::string_view user_claim) {
  const std::string_view user = may_be_quoted(user_claim) ? user_claim : "the claim that names the user";
  for (std::size_t i = 0; i < refusals; ++i) {
    const auto why = static_cast<refusal>(i);
    if (why == refusal::user) descriptions_[i] = user;
    descriptions_[i] += words_of(why).description;
    challenges_[i] = "WWW-Authenticate: Bearer";
    if (why != refusal::missing)
      challenges_[i] += " error=\"invalid_token\", error_description=\"" + descriptions_[i] + "\"";
    challenges_[i] += "\r\n";
  }
}

std::vector<std::string> refusal_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < refusals; ++i) names.emplace_back(name_of(static_cast<refusal>(i)));
  return names;
}

}  // namespace firstcome::identity
