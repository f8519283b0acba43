#pragma once

// The embedded shape's answer to one request: what the committed state says already (already in, paused, outside the
// window, sold out) is said at once; whoever may get in waits in the writer's pending queue and is answered after the
// commit. Thread safety: any thread.

#include "gate/memory/gate_table.hpp"
#include "issuing/embedded/writer.hpp"
#include "issuing/issuer.hpp"

namespace firstcome::issuing {

class embedded_issuer final : public issuer {
 public:
  embedded_issuer(gate::gate_table& gates, embedded_writer& writer) : gates_(gates), writer_(writer) {}

  sold_out_view look(const completion_queue& origin_loop, coupon_id coupon, user_id user) override;
  bool issue(issue_call& call) override;
  bool withdraw(issue_call& call) override { return writer_.withdraw(call); }

 private:
  gate::gate_table& gates_;
  embedded_writer& writer_;
};

}  // namespace firstcome::issuing
