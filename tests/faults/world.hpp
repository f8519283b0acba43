#pragma once

// One shape of firstcome as the faults see it: what can be done to it, where its clients come in, and what must be so
// in the end. Use it on the main thread, which starts processes; clients come in on any.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "auditor/auditor.hpp"
#include "faults/fault_schedule.hpp"
#include "support/ledger_view.hpp"

namespace firstcome::faults {

using steady_time = std::chrono::steady_clock::time_point;

class world {
 public:
  virtual ~world() = default;

  virtual const std::vector<fault_choice>& menu() const = 0;
  /// By what stores are replaced, and what cannot be done for want of something on this machine, as sentences.
  virtual std::vector<std::string> remarks() const { return {}; }
  /// Whether it can be done now: a limit needs a process that runs.
  virtual bool can_begin(const fault& what) = 0;
  virtual void begin(const fault& what) = 0;
  virtual void end(const fault& what) = 0;
  /// To be called all the time: starts again what has ended by itself, as a supervisor would.
  virtual void tend() = 0;
  /// Everything runs and takes clients. Tends until then.
  virtual bool up_within(std::chrono::milliseconds time) = 0;

  /// Where clients come in: one port for each node, the same however often the node is started.
  virtual std::vector<std::uint16_t> doors() const = 0;
  virtual std::string admin_token() const = 0;
  /// The doors at which a fault at this target can be felt.
  virtual std::vector<std::size_t> doors_behind(const std::string& target) const = 0;

  /// How often a node ended by itself, for want of what a fault had taken away.
  virtual int ends_for_want() const = 0;

  /// When the gate forgot all that was not yet in the ledger.
  virtual std::vector<auditor::loss> gate_lost_at() const { return {}; }

  /// Once all has healed and the crowd is gone: everything that was accepted is in the ledger.
  virtual bool drained(std::int64_t coupon, std::chrono::milliseconds within) = 0;
  virtual testing::ledger_rows rows() = 0;
  /// What nobody may find in the end, as sentences: books that differ, nodes that ended by themselves or do not leave
  /// cleanly, what a sanitizer saw. Ends the nodes.
  virtual std::vector<std::string> wrong_in_the_end() = 0;
  /// For the message when something is wrong: the end of each node's log.
  virtual std::string logs() = 0;
};

}  // namespace firstcome::faults
