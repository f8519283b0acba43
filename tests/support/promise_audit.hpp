#pragma once

// What the crowd heard and what stands in the ledger, put before the judge (auditor/auditor.hpp). Answers what is wrong
// as sentences, so that a test expects an empty list and a failure reads by itself.

#include <string>
#include <vector>

#include "auditor/auditor.hpp"
#include "support/issue_history.hpp"
#include "support/ledger_view.hpp"

namespace firstcome::testing {

/// Of a test in which no node stands still for longer than an answer may take, and no link goes dead: whoever asks is
/// told something, if only that nobody knows. (A node that is killed breaks its connections: that is noticed at once.)
auditor::assumptions nobody_waits_in_vain();

/// `answers` must be everything that was ever asked of this coupon; those of other coupons are passed over. An answer
/// that no member of a crowd should ever hear (400, 404, 500 …) is a complaint too.
std::vector<std::string> broken_promises(const std::vector<issue_answer>& answers, const ledger_rows& rows,
                                         std::int64_t coupon,
                                         const auditor::assumptions& given = nobody_waits_in_vain());

/// The yes that have no row with that sequence: promise 3 alone, for a ledger that is looked at half-way.
std::vector<std::string> lost_answers(const std::vector<issue_answer>& answers, const ledger_rows& rows);

}  // namespace firstcome::testing
