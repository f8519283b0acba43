#pragma once

// Who is in, and in which order: the memory of one gate. Entries stand densely by sequence; an open-addressing index of
// sequences finds a user. 24 bytes an entry and 5.4 to 10.7 bytes of index.
//
// Thread safety: none of its own; `gate` holds the lock. `prepare_growth` is separate from `append` so that the slow
// part, building a larger index, happens while readers still use the old one.
//
// Invariants: entry k has sequence k + 1; each user stands once; the index is never fuller than three quarters.

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "domain/ids.hpp"
#include "domain/issue.hpp"
#include "domain/time.hpp"
#include "gate/memory/sequence_index.hpp"

namespace firstcome::gate {

struct admitted_user {
  user_id user{};
  timestamp date_issued;
  timestamp date_left;  // zero: live; after zero: used then; before zero: returned, as long after zero
};

class admitted_users {
 public:
  /// `hash_seed` makes the order in the index unpredictable, so that chosen ids cannot pile up in one place.
  explicit admitted_users(std::uint64_t hash_seed);

  /// 0 when the user is not in.
  sequence_number find(user_id user) const;
  /// Range: 1 to size().
  const admitted_user& at(sequence_number sequence) const { return entry(static_cast<std::size_t>(sequence) - 1); }
  sequence_number size() const { return static_cast<sequence_number>(size_); }

  /// A larger index for `more` further users, or nothing when the present one suffices. Only reads.
  std::unique_ptr<sequence_index> prepare_growth(std::size_t more) const;
  /// Puts a prepared index in place; `grown` then holds the old one, to be freed outside the lock.
  void adopt(std::unique_ptr<sequence_index>& grown);

  /// The user gets sequence size() + 1. Requires: not in yet, and room prepared.
  void append(user_id user, timestamp date_issued);
  /// Notes whether and when the user of this sequence used or returned the issue.
  void set_left(sequence_number sequence, const issue_record& record);

 private:
  static constexpr std::size_t chunk_entries = 1024;
  using chunk = std::unique_ptr<admitted_user[]>;

  const admitted_user& entry(std::size_t k) const { return chunks_[k / chunk_entries][k % chunk_entries]; }
  std::uint64_t hash(user_id user) const;

  std::uint64_t hash_seed_;
  std::size_t size_ = 0;
  std::vector<chunk> chunks_;
  std::unique_ptr<sequence_index> index_;
};

}  // namespace firstcome::gate
