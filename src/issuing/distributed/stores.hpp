#pragma once

// The two shared stores as one thread uses them. Made without connecting.

#include <memory>

#include "gate/shared_gate.hpp"
#include "ledger/shared_ledger.hpp"
#include "runtime/blocking_executor.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::issuing {

struct stores {
  std::unique_ptr<gate::shared_gate> gate;
  std::unique_ptr<ledger::shared_ledger> ledger;

  /// Set for each piece of work.
  void until(runtime::deadline last) const {
    if (gate) gate->until(last);
    if (ledger) ledger->until(last);
  }
};

using store_executor = runtime::executor<stores>;
using store_pool = runtime::blocking_executor<stores>;

}  // namespace firstcome::issuing
