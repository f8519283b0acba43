#pragma once

// Reads a user's token (RFC 7519 in the compact form of RFC 7515) and checks everything but its signature: RFC 8725's
// advice, and the profile of access tokens of RFC 9068. Pure; any thread; fuzzed.

#include <boost/system/result.hpp>

#include <chrono>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "identity/refusal.hpp"
#include "identity/verification_key.hpp"

namespace firstcome::identity {

struct token_rules {
  std::string issuer;                  // empty: any
  std::vector<std::string> audiences;  // the token must name one of them; empty: any, or none
  std::string user_claim = "sub";
  std::chrono::milliseconds leeway{5000};  // by how much the issuer's clock may differ from ours
  bool allow_no_expiry = false;
};

using token_time = std::chrono::sys_time<std::chrono::milliseconds>;

/// What a token says that nobody has verified yet. The texts of it point into the token.
struct unverified_token {
  user_id user{};
  algorithm signed_with{};
  std::string key_id;            // empty: it names none
  std::string_view signed_text;  // header and payload, with the dot between them
  std::string_view signature;    // as the token spells it: base64url, which it surely is
  double expires_at_s = std::numeric_limits<double>::infinity();  // since 1970, without the leeway
};

inline void throw_exception_from_error(refusal why, const boost::source_location&) {
  throw std::logic_error("a token was refused: " + std::string(name_of(why)));
}

boost::system::result<unverified_token, refusal> read_user_token(std::string_view token, const token_rules& rules,
                                                                 token_time now);

}  // namespace firstcome::identity
