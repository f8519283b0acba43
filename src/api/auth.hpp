#pragma once

// Who is asking: somebody who works here, by a token of ours; a user by name (trusted) or by a signed token.
// Thread safety: any thread.

#include <boost/system/result.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "domain/operator_action.hpp"
#include "identity/operator_tokens.hpp"
#include "identity/role.hpp"
#include "identity/user_tokens.hpp"

namespace firstcome::api {

enum class user_auth {
  trusted,  // a gateway in front has checked the userId that the request names
  jwt,      // the bearer token's `sub` is the user
};

struct auth_settings {
  std::string admin_token;  // must not be empty, unless `operators` are given
  user_auth users = user_auth::trusted;
  identity::user_token_settings tokens;                             // read when users is jwt
  std::shared_ptr<const identity::operator_tokens> operators = {};  // nothing: the first admin alone
};

/// Who a request comes from. A user without an id is anybody, because users are trusted to name themselves.
struct caller {
  std::optional<user_id> user = {};  // proven by a token
  identity::role is = identity::role::user;
  std::string name = {};  // whose token it was, when it is one of ours

  /// For the trail; a user stands on none.
  actor as_actor() const {
    return is == identity::role::user ? actor{} : actor{name, std::string(identity::name_of(is))};
  }
  bool may_act_for(user_id wanted) const { return is != identity::role::user || !user || *user == wanted; }
};

class auth {
 public:
  using outcome = boost::system::result<caller, identity::refusal>;

  /// Throws std::invalid_argument, naming what is wrong: no admin token, or no key for users' tokens.
  explicit auth(const auth_settings& settings);

  /// `authorization`: the header's value; `wanted`: who may ask. Whoever is known is answered, wanted or not, but where
  /// users are trusted: what a user may do, anybody may, whatever token comes along.
  outcome caller_of(std::string_view authorization, identity::role_set wanted) const;

 private:
  outcome trusted_caller(std::string_view token, identity::role_set wanted) const;
  std::optional<caller> operator_of(std::string_view token) const;

  user_auth users_;
  std::shared_ptr<const identity::operator_tokens> operators_;
  std::optional<identity::user_tokens> tokens_;
};

}  // namespace firstcome::api
