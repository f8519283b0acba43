#include "support/distributed_test.hpp"

#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "support/eventually.hpp"

namespace firstcome::testing {

using ::testing::IsEmpty;

void distributed_test::start_shape(distributed_options options) {
  shape_.reset();
  shape_ = std::make_unique<distributed_shape>(std::move(options));
}

distributed_shape& distributed_test::shape() {
  if (!shape_) start_shape({});
  return *shape_;
}

std::int64_t distributed_test::create(const coupon_wish& wish) {
  std::int64_t made = 0;
  std::string why;
  eventually([&] {
    try {
      made = create_coupon(shape().api(), wish);
    } catch (const std::runtime_error& e) {
      why = e.what();
    }
    return made != 0;
  });
  if (made == 0) throw std::runtime_error(why);
  return made;
}

void distributed_test::expect_kept(const std::vector<issue_answer>& answers, std::int64_t coupon,
                                   const auditor::assumptions& given) {
  EXPECT_TRUE(shape().drained(coupon)) << shape().state_of(coupon);
  const ledger_rows rows = shape().ledger();
  EXPECT_THAT(broken_promises(answers, rows, coupon, given), IsEmpty());
  EXPECT_THAT(shape().wrong_books(), IsEmpty());
}

void distributed_test::TearDown() {
  if (shape_) shape_->expect_clean_stops();
}

std::uint32_t chosen_seed() {
  const char* given = std::getenv("FIRSTCOME_TEST_SEED");
  const std::uint32_t seed = given != nullptr ? static_cast<std::uint32_t>(std::atoll(given)) : std::random_device()();
  std::cout << "FIRSTCOME_TEST_SEED=" << seed << "\n";
  return seed;
}

}  // namespace firstcome::testing
