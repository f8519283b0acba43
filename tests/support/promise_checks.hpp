#pragma once

// The promises, judged from outside: what the crowd was told, against what stands in the ledger. Each function answers
// what is wrong as sentences, so that a test expects an empty list and a failure reads by itself.

#include <string>
#include <vector>

#include "support/ledger_view.hpp"
#include "support/load_burst.hpp"

namespace firstcome::testing {

using complaints = std::vector<std::string>;

/// Promises 1, 2 and 5, of the ledger alone: no more rows than the total, sequences 1 to n without a gap, each user
/// once, `issued_quantity` equal to the rows.
complaints wrong_in_ledger(const ledger_rows& rows, std::int64_t coupon);

/// Promises 3 and 6: every yes is a row with that sequence, and each user always heard the same sequence.
complaints broken_answers(const std::vector<issue_answer>& answers, const ledger_rows& rows);

/// Promise 7: who was answered before another one asked has the lower sequence.
complaints out_of_order(const std::vector<issue_answer>& answers);

/// Promise 8, for a coupon whose total did not change: nobody heard "sold out" while there were fewer rows than that.
complaints false_refusals(const std::vector<issue_answer>& answers, const ledger_rows& rows, std::int64_t coupon);

}  // namespace firstcome::testing
