#pragma once

// A gate that keeps what it is asked until the test answers. On one thread.

#include <algorithm>
#include <chrono>
#include <deque>
#include <vector>

#include "issuing/distributed/gate_client.hpp"

namespace firstcome::testing {

class slow_gate final : public issuing::gate_client {
 public:
  struct batch {
    coupon_id coupon;
    std::vector<user_id> users;
    receiver* to;
  };

  void admit(coupon_id coupon, std::span<const user_id> users, runtime::deadline, receiver& to) override {
    batches.push_back({coupon, {users.begin(), users.end()}, &to});
  }
  void look(coupon_id, runtime::deadline until, receiver& to) override {
    looks.push_back(&to);
    look_until = until;
  }

  batch take() {
    batch first = std::move(batches.front());
    batches.pop_front();
    return first;
  }

  void answer(issuing::admission_answer::outcome what) {
    const batch asked = take();
    asked.to->on_admission({.what = what, .decisions = {}, .terms = {}});
  }

  /// Admits in order until `total` are in; whoever is in already hears so.
  void decide(sequence_number total = 1'000'000) {
    const batch asked = take();
    std::vector<result<issue_decision>> decisions;
    for (const user_id user : asked.users) decisions.push_back(decision(asked.coupon, user, total));
    asked.to->on_admission(
        {.what = issuing::admission_answer::outcome::decided, .decisions = decisions, .terms = terms(total)});
  }

  issuing::lease_terms terms(sequence_number total) const {
    const timestamp now = from_microseconds(1'000'000);
    return {.epoch = epoch,
            .config_version = 1,
            .sold_out = std::ssize(in) >= total,
            .change_ahead = change_ahead,
            .now = now,
            .window_end = now + window_left};
  }

  std::deque<batch> batches;
  std::deque<receiver*> looks;
  runtime::deadline look_until = runtime::deadline::never();  // of the last one
  std::vector<user_id> in;
  epoch_number epoch = 1;
  bool change_ahead = false;
  std::chrono::milliseconds window_left = std::chrono::hours(1);

 private:
  issue_decision decision(coupon_id coupon, user_id user, sequence_number total) {
    const bool is_in = std::find(in.begin(), in.end(), user) != in.end();
    if (!is_in && std::ssize(in) >= total) return {.what = verdict::sold_out, .record = {}, .window_start = {}};
    if (!is_in) in.push_back(user);
    issue_decision yes{.what = is_in ? verdict::already_issued : verdict::admitted, .record = {}, .window_start = {}};
    yes.record.coupon = coupon;
    yes.record.user = user;
    yes.record.sequence = static_cast<sequence_number>(std::find(in.begin(), in.end(), user) - in.begin() + 1);
    return yes;
  }
};

}  // namespace firstcome::testing
