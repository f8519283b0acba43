#pragma once

// From what a user's token claims to who it is: its signature is checked, at once where that is quick, and by threads
// of its own where it is not. The request waits meanwhile, inside its exchange. Thread safety: `has_room` and `begin`
// on the exchange's loop's thread; `close` from any, once nothing new comes.

#include <chrono>

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "identity/signature_checker.hpp"
#include "identity/user_tokens.hpp"

namespace firstcome::api {

/// A request whose token says everything that it must say.
struct unproven {
  routed_exchange to;
  route_match found;
  bool sold_out = false;  // what it asks for is sold out, and a worthless signature hears so, too
  std::chrono::steady_clock::time_point due = {};  // no sooner is that said
};

class proofs {
 public:
  class receiver {
   public:
    /// Called once for each request, on the thread of its exchange's loop, perhaps from inside `begin`. Nobody has
    /// answered the request yet.
    virtual void on_proof(const unproven& request, user_id claimed, identity::checked outcome) = 0;

   protected:
    ~receiver() = default;
  };

  /// `tokens` is null where users are trusted: then nothing is ever begun.
  proofs(identity::user_tokens* tokens, const identity::signature_checker::limits& most, receiver& to);

  bool has_room(const http::exchange& x, const identity::token_claim& claim) const;
  void begin(const unproven& request, identity::token_claim claim);
  /// Every request that waits for its proof gets `not_done`.
  void close();

 private:
  class check;
  class waiting;
  static identity::signature_checker::queue_kind queue_for(const http::exchange& x);
  void end(const unproven& request, user_id claimed, identity::checked outcome);

  identity::user_tokens* const tokens_;
  receiver& receiver_;
  std::unique_ptr<identity::signature_checker> checker_;  // where users are not trusted
};

}  // namespace firstcome::api
