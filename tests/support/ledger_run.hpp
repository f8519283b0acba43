#pragma once

// A scripted life of a ledger on a fault_vfs, what its clients were told meanwhile, and the judgement of what is found
// afterwards: everything that was answered `committed`, and nothing by half.

#include <optional>
#include <string>
#include <vector>

#include "ledger/sqlite/ledger.hpp"
#include "support/fault_vfs.hpp"

namespace firstcome::testing {

/// What the clients were told.
struct told {
  bool coupon_created = false;
  sequence_number issued = 0;    // the highest sequence of a batch that was committed
  sequence_number in_doubt = 0;  // the highest sequence of the batch that was under way at the end
};

struct ledger_run {
  std::vector<int> batch_sizes;
  ledger::sqlite_ledger_options options;  // without the file system

  ledger::sqlite_ledger_options options_on(const fault_vfs& vfs) const;
  /// The batch of that index, of users in no order.
  std::vector<ledger::new_issue> batch_at(std::size_t index, sequence_number first) const;

  /// Commits batch after batch, with housekeeping between, until all is done or the ledger breaks, which it throws.
  void run(fault_vfs& vfs, told& t) const;
  void run_until_it_breaks(fault_vfs& vfs, told& t) const;

  /// How many issues a start on this image finds; or -1 when a promise is broken, and then why.
  sequence_number issues_found(const disk_image& image, const told& t, std::string& why) const;
  std::uint64_t operations_of_a_whole_run(const disk_image& from = {}, told t = {}) const;
};

inline constexpr timestamp run_time = from_microseconds(1'700'000'000'000'000);
extern const coupon_draft run_draft;

}  // namespace firstcome::testing
