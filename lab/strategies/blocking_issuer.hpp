#pragma once

// Makes an issuer of a strategy: runs it on a bounded pool of threads, each with its own connections, so that the event
// loops stay free, and answers on the loop that asked. More calls than may wait are refused as overloaded.
// Thread safety: any thread. The destructor finishes what was taken; the loops must run until then.

#include "issuing/issuer.hpp"
#include "lab/strategies/strategy.hpp"
#include "runtime/blocking_executor.hpp"

namespace firstcome::issuing {

class blocking_issuer final : public issuer {
 public:
  /// What one thread needs.
  struct thread_resources {
    std::unique_ptr<per_thread> tools;
    std::unique_ptr<strategy> how;
  };
  using pool = runtime::blocking_executor<thread_resources>;

  explicit blocking_issuer(pool& threads) : threads_(threads) {}

  bool issue(issue_call& call) override;
  /// Never: what waits for a thread cannot be called back.
  bool withdraw(issue_call&) override { return false; }

 private:
  pool& threads_;
};

}  // namespace firstcome::issuing
