#pragma once

// How batches reach the gate of the distributed shape: asynchronously, from one event loop. Redis is behind it; the
// simulation has one of its own.
//
// Thread safety: the loop's thread only.

#include <optional>
#include <span>

#include "domain/error.hpp"
#include "domain/issue.hpp"
#include "gate/redis/admit_call.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::issuing {

/// Users of one batch, at most: a script holds the whole server up while it runs.
inline constexpr std::size_t admission_batch_max = gate::admit_users_max;

using gate::lease_terms;

struct admission_answer {
  enum class outcome {
    decided,      // `decisions` holds one for each user, in order
    no_gate,      // surely nothing happened: there is no gate, and perhaps no coupon
    gate_closed,  // surely nothing happened: the gate waits for being confirmed or rebuilt
    retired,      // surely nothing happened: the issue is over, and the ledger answers
    not_done,     // surely nothing happened: not sent, or refused by the store
    unknown,      // sent, and no answer
  };

  outcome what = outcome::unknown;
  /// For a user: a decision, or errc::overloaded (surely not admitted: the backlog is at its bound).
  std::span<const result<issue_decision>> decisions;
  lease_terms terms;  // when decided
};

class gate_client {
 public:
  /// Who waits for an answer. Called once, on the loop's thread, never from inside `admit` or `look`.
  class receiver {
   public:
    /// `answer` and what it points to live until this returns.
    virtual void on_admission(const admission_answer& answer) = 0;
    /// Nothing: the gate could not be asked, or is closed.
    virtual void on_look(const std::optional<lease_terms>& terms) = 0;

   protected:
    ~receiver() = default;
  };

  virtual ~gate_client() = default;

  /// Sends a batch: 1 to admission_batch_max users, each once; they live until the answer. Answered `unknown` when no
  /// reply came by `until`.
  virtual void admit(coupon_id coupon, std::span<const user_id> users, runtime::deadline until, receiver& to) = 0;
  virtual void look(coupon_id coupon, runtime::deadline until, receiver& to) = 0;
};

}  // namespace firstcome::issuing
