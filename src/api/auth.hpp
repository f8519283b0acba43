#pragma once

// Who is asking: an operator by the admin token, a user by name (trusted) or by a signed token.
// Thread safety: any thread; nothing changes after construction.

#include <boost/system/result.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "identity/user_tokens.hpp"

namespace firstcome::api {

enum class user_auth {
  trusted,  // a gateway in front has checked the userId that the request names
  jwt,      // the bearer token's `sub` is the user
};

struct auth_settings {
  std::string admin_token;  // must not be empty
  user_auth users = user_auth::trusted;
  identity::user_token_settings tokens;  // read when users is jwt
};

/// Who a user's request comes from. With neither member set: anybody, because users are trusted to name themselves.
struct caller {
  std::optional<user_id> user;  // proven by a token
  bool admin = false;

  bool may_act_for(user_id wanted) const { return admin || !user || *user == wanted; }
};

class auth {
 public:
  using outcome = boost::system::result<caller, identity::refusal>;

  /// Throws std::invalid_argument, naming what is wrong: no admin token, or no key for users' tokens.
  explicit auth(const auth_settings& settings);

  /// `authorization`: the header's value. Compares in constant time.
  outcome admin_of(std::string_view authorization) const;
  /// `or_admin`: the admin token will do as well.
  outcome caller_of(std::string_view authorization, bool or_admin) const;

 private:
  using digest = std::array<unsigned char, 32>;
  static digest digest_of(std::string_view text);
  bool is_admin(std::string_view token) const;

  digest admin_token_;
  user_auth users_;
  std::optional<identity::user_tokens> tokens_;
};

}  // namespace firstcome::api
