#pragma once

// Who is asking: somebody who works here, by a token of ours; a user by name (trusted) or by a signed token.
// Thread safety: any thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "domain/ids.hpp"
#include "domain/operator_action.hpp"
#include "identity/key_watch.hpp"
#include "identity/operator_tokens.hpp"
#include "identity/role.hpp"
#include "identity/signature_checker.hpp"
#include "identity/user_tokens.hpp"

namespace firstcome::api {

enum class user_auth {
  trusted,  // a gateway in front has checked the userId that the request names
  jwt,      // the bearer token's `sub` is the user
};

struct auth_settings {
  std::string admin_token;  // must not be empty, unless `operators` are given
  user_auth users = user_auth::trusted;
  identity::user_token_settings tokens;  // read when users is jwt and `verify_by` is not given
  std::shared_ptr<const identity::operator_tokens> operators = {};  // nothing: the first admin alone
  std::shared_ptr<identity::user_tokens> verify_by = {};            // whose keys may be exchanged
  std::shared_ptr<identity::key_watch> key_watch = {};              // which exchanges them; nothing: nobody does
  identity::signature_checker::limits checking = {};                // of signatures, when users is jwt
};

/// Who a request comes from. A user without an id is anybody, because users are trusted to name themselves.
struct caller {
  std::optional<user_id> user = {};  // proven by a token
  identity::role is = identity::role::user;
  std::string name = {};  // whose token it was, when it is one of ours

  /// The actor that the trail names. A user becomes one without a name, and the trail leaves it out.
  actor as_actor() const {
    return is == identity::role::user ? actor{} : actor{name, std::string(identity::name_of(is))};
  }
  bool may_act_for(user_id wanted) const { return is != identity::role::user || !user || *user == wanted; }
};

class auth {
 public:
  /// A `token_claim` is a user's, whose signature is still to be checked with `user_tokens`.
  using outcome = std::variant<caller, identity::refusal, identity::token_claim>;

  /// Throws std::invalid_argument, naming what is wrong: no admin token, or no key for users' tokens.
  explicit auth(const auth_settings& settings);

  /// `authorization`: the header's value; `wanted`: who may ask. Whoever is known is answered, wanted or not, but where
  /// users are trusted: what a user may do, anybody may, whatever token comes along. Cheap: no signature of a public
  /// key is checked.
  outcome caller_of(std::string_view authorization, identity::role_set wanted) const;
  /// True when it is known at once that one of `wanted` asks.
  bool knows(std::string_view authorization, identity::role_set wanted) const;

  /// Null where users are trusted.
  identity::user_tokens* user_tokens() const { return tokens_.get(); }

 private:
  outcome trusted_caller(std::string_view token, identity::role_set wanted) const;
  std::optional<caller> operator_of(const identity::token_hash& token) const;

  user_auth users_;
  std::shared_ptr<const identity::operator_tokens> operators_;
  std::shared_ptr<identity::user_tokens> tokens_;
};

}  // namespace firstcome::api
