#pragma once

// Makes an issuer of a strategy: runs it on a bounded pool of threads, each with its own connections, so that the event
// loops stay free, and answers on the loop that asked. More calls than may wait are refused as overloaded.
// Thread safety: any thread. The destructor finishes what was taken; the loops must run until then.

#include "issuing/issuer.hpp"
#include "issuing/strategies/strategy.hpp"
#include "runtime/lending_pool.hpp"

namespace firstcome::issuing {

class blocking_issuer final : public issuer {
 public:
  /// What one thread needs.
  struct outfit {
    std::unique_ptr<own_tools> tools;
    std::unique_ptr<strategy> how;
  };
  using pool = runtime::lending_pool<outfit>;

  explicit blocking_issuer(pool& threads) : threads_(threads) {}

  bool issue(issue_call& call) override;
  /// Never: what waits for a thread cannot be called back.
  bool withdraw(issue_call&) override { return false; }

 private:
  pool& threads_;
};

}  // namespace firstcome::issuing
