#pragma once

// The judges. Each looks at the evidence for what its promises forbid, and adds what it finds.

#include "auditor/evidence.hpp"
#include "auditor/findings.hpp"

namespace firstcome::auditor {

/// What each user was told, in itself and against the row: 2, 3, 6, 9.
void judge_users(const evidence& all, findings& found);
/// The rows in themselves and against the quantity: 1, 2, 4, 5.
void judge_books(const evidence& all, findings& found);
/// What users were told of their places, against the quantity and against each other: 1, 2.
void judge_places(const evidence& all, findings& found);
/// First come, first served: 7.
void judge_order(const evidence& all, findings& found);
/// Whether the quantity can have been gone: 8.
void judge_sold_out(const evidence& all, findings& found);
/// Whether the refusals and admissions fit to one clock and to the operators' pauses: 8.
void judge_window(const evidence& all, findings& found);
/// Whether what was heard of each issue's life can all be true: 2, 6, 9.
void judge_life(const evidence& all, findings& found);
/// Whether answers came in time: 10.
void judge_delays(const evidence& all, findings& found);

}  // namespace firstcome::auditor
