#pragma once

// What lies before the judges: history and rows put in order, each user's story, and what was the case when.

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "auditor/auditor.hpp"
#include "auditor/periods.hpp"
#include "auditor/possible_values.hpp"
#include "auditor/returned_places.hpp"

namespace firstcome::auditor {

inline constexpr instant_ns long_ago = std::numeric_limits<instant_ns>::min();

/// One user, from the first request to the row. `asked_at` and `heard_at` bound the instant of the admission.
struct user_story {
  std::int64_t user = 0;
  std::span<const request> requests;    // by the time of sending
  std::span<const row> rows;            // by sequence; more than one is a broken promise
  bool survivor = false;                // no loss took the place
  instant_ns asked_at = never;          // the earliest request that may have led to the row, or to a yes
  instant_ns heard_at = never;          // the first yes
  instant_ns perhaps_in_since = never;  // the earliest request that was not refused; also in a gate that was lost since

  bool asked() const { return !requests.empty(); }
};

struct evidence {
  evidence(std::span<const request> history, const books& final_books, const assumptions& given);

  bool after_last_loss(const request& q) const { return q.invoked_at >= epochs.began_at(epochs.last()); }
  /// The epoch in which it was asked and answered. Of a survivor all is one epoch.
  std::optional<std::size_t> epoch_of(const user_story& who, const request& q) const {
    return who.survivor ? 0 : epochs.of(q.invoked_at, q.answered_at);
  }
  /// Not what a node says by heart, on a lease from before the period in which it is asked.
  bool fresh(const request& q, const periods& in) const {
    return q.what != outcome::sold_out || q.invoked_at >= lease_over_at(in, in.of(q.invoked_at, q.invoked_at));
  }
  /// When a request with an unknown outcome has been carried out, if ever.
  instant_ns settled_at(const request& q) const {
    return std::max(q.answered_at, q.invoked_at + given.unknown_settles_after_ns);
  }
  /// From when on a "sold out" must be about this period.
  instant_ns lease_over_at(const periods& in, std::optional<std::size_t> period) const;

  const books& final_books;
  const assumptions& given;
  periods epochs;          // between losses
  periods windows;         // in which the gate's clock and the window were the same
  possible_values totals;  // unlimited: never
  possible_values pauses;  // 1: paused
  returned_places returns;
  std::vector<request> history;
  std::vector<row> rows;            // by user, then sequence
  std::vector<user_story> stories;  // by user; also of those who never asked and have a row

 private:
  void tell_stories();
  void bound_admission(user_story& story) const;
};

inline bool is_no(outcome what) {
  return what == outcome::sold_out || what == outcome::not_started || what == outcome::ended ||
         what == outcome::paused || what == outcome::refused;
}

inline std::string user_text(std::int64_t user) {
  return "user " + std::to_string(user);
}
inline std::string sequence_text(std::int32_t sequence) {
  return "sequence " + std::to_string(sequence);
}
/// "user 5 at 1200 to 1300"
inline std::string asking_text(const request& q) {
  return user_text(q.user) + " at " + std::to_string(q.invoked_at) + " to " + std::to_string(q.answered_at);
}

}  // namespace firstcome::auditor
