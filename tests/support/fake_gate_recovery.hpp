#pragma once

// The recovery of gates as a test wants it: it makes a gate ready, or fails to, when the test says so.

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "issuing/distributed/gate_recovery.hpp"
#include "support/slow_gate.hpp"

namespace firstcome::testing {

class fake_gate_recovery final : public issuing::gate_recovery {
 public:
  void make_ready(coupon_id, std::function<void(issuing::recovery_result)> done) override {
    recoveries.push_back(std::move(done));
  }
  void make_ready_if_known(coupon_id coupon, std::function<void(issuing::recovery_result)> done) override {
    ++strangers;
    make_ready(coupon, std::move(done));
  }
  void decide_by_ledger(coupon_id, std::vector<user_id> users,
                        std::function<void(std::vector<result<issue_decision>>)> done) override {
    done(std::vector<result<issue_decision>>(ledger_answers ? users.size() : 0,
                                             issue_decision{.what = verdict::ended, .record = {}, .window_start = {}}));
  }
  void filter_of(coupon_id, gate::gate_identity,
                 std::function<void(std::shared_ptr<const issuing::admitted_filter>)> done) override {
    ++filters_asked;
    if (!filter_from) return done(nullptr);
    auto filter = std::make_shared<issuing::admitted_filter>(filter_from->in.size(), 7);
    for (const user_id user : filter_from->in) filter->add(user);
    done(filter);
  }

  void complete_recovery(issuing::recovery_result how) {
    auto done = std::move(recoveries.front());
    recoveries.pop_front();
    done(how);
  }

  std::deque<std::function<void(issuing::recovery_result)>> recoveries;
  int filters_asked = 0;
  int strangers = 0;
  bool ledger_answers = true;
  slow_gate* filter_from = nullptr;
};

}  // namespace firstcome::testing
