#pragma once

// A gate of a coupon, and the short words in which its tests are written.

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "support/gate_under_test.hpp"

namespace firstcome::testing {

class gate_fixture : public ::testing::Test {
 protected:
  static constexpr coupon_id coupon{7};
  static constexpr timestamp noon = from_microseconds(1'700'000'000'123'000);
  static constexpr std::int64_t no_bound = quantity_max;

  /// Epochs as the ledger numbers them: milliseconds since 1970.
  static constexpr epoch_number epoch_of(int n) { return 1'764'000'000'000 + n; }

  explicit gate_fixture(const gate_factory& make) : under_test_(make()) {}

  gate_under_test& under_test() { return *under_test_; }
  gate::shared_gate& gate() { return under_test_->gate(); }
  std::string run_id() { return under_test_->run_id(); }

  /// Issued since an hour ago and for an hour from now.
  gate::gate_config config_with(std::int64_t version, std::optional<std::int32_t> total) {
    if (begun_ == timestamp{}) begun_ = under_test_->now();
    return {version, total, {begun_ - std::chrono::hours(1), begun_ + std::chrono::hours(1)}, false};
  }
  gate::gate_config open_config() { return config_with(1, 100); }

  /// Users `first`, `first` + 1, … at the places of the same numbers.
  std::vector<gate::admitted> users_from(sequence_number first, int count) {
    std::vector<gate::admitted> users;
    for (int i = 0; i < count; ++i) users.push_back({user_id{first + i}, first + i, noon});
    return users;
  }

  /// A gate that is open and confirmed in `epoch`, with users 1 to `size` in.
  void build(epoch_number epoch, int size) { build(epoch, size, config_with(1, std::max(100, size))); }
  void build(epoch_number epoch, int size, const gate::gate_config& config) {
    ASSERT_TRUE(gate().fence(coupon, epoch));
    ASSERT_TRUE(gate().load(coupon, epoch, run_id(), users_from(1, size)));
    ASSERT_TRUE(gate().open(coupon, epoch, run_id(), config, size));
  }

  gate::admit_outcome admit(std::initializer_list<std::int64_t> ids, epoch_number epoch = epoch_of(1),
                            std::int64_t backlog_max = no_bound) {
    std::vector<user_id> users;
    for (const std::int64_t id : ids) users.push_back(user_id{id});
    return under_test_->admit(coupon, epoch, backlog_max, users, decisions_);
  }
  /// What the last `admit` said.
  const gate::admit_decisions& decisions() const { return decisions_; }

  std::vector<gate::admitted> all_admitted(epoch_number epoch) {
    std::vector<gate::admitted> all;
    gate().each_admitted(coupon, epoch, [&](const gate::admitted& one) { all.push_back(one); });
    return all;
  }

 private:
  std::unique_ptr<gate_under_test> under_test_;
  timestamp begun_;
  gate::admit_decisions decisions_;
};

}  // namespace firstcome::testing
