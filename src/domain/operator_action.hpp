#pragma once

// The trail: what somebody who works here did, and how it was before and after. Whoever stores a change stores its
// action in the same transaction, so that neither is ever there without the other.
//
// A till's use is no action: the issue itself says when and by which order it was used, and a crowd of tills writes
// nothing but that. An undo is one, because it takes just that away. What users do is none.

#include <string>

#include "domain/coupon.hpp"
#include "domain/issue_life.hpp"
#include "domain/page.hpp"

namespace firstcome {

/// Who changes something: the name of the token and its role. Without a name: a user, or the program by itself, whose
/// changes are not on the trail.
struct actor {
  std::string name = {};
  std::string role = {};

  bool works_here() const { return !name.empty(); }
};

/// Somebody with the database password or the data folder. No token has this name: it holds a space.
actor at_command_line();

struct operator_action {
  std::int64_t id = 0;  // given by the ledger, rising
  std::optional<coupon_id> coupon;
  actor by;
  std::string what;         // as stored and on the wire: never rename one
  std::string before_json;  // objects, with the names of the API; empty: there was nothing before
  std::string after_json;
  timestamp date_created;
};

/// Newest first; items before `next`.
using operator_action_page = page<operator_action, std::int64_t>;

operator_action creation_of(const coupon& made, const actor& by, timestamp now);
/// `what` is the narrowest word that fits: pause, resume, raise, lower, or change.
operator_action change_of(const coupon& before, const coupon& after, const actor& by, timestamp now);
/// Nothing: this step belongs to no trail, or a user or the program took it.
std::optional<operator_action> step_action_of(const stored_issue& before, const stored_issue& after,
                                              const issue_step& step, const actor& by, timestamp now);
/// A record that the ledger lacked, from a dead letter or found in the gate by a repair.
operator_action replay_of(const issue_record& made, const actor& by, timestamp now);
operator_action readmission_of(const issue_record& made, const actor& by, timestamp now);
/// A repair of issued_quantity.
operator_action recount_of(coupon_id coupon, std::int64_t said, std::int64_t counted, const actor& by, timestamp now);

}  // namespace firstcome
