// For each promise a bug that people do make, planted in the simulation: the judge must find it, by its number.

#include <gtest/gtest.h>

#include "sim/history/outcome.hpp"

namespace firstcome::sim {
namespace {

struct bug_case {
  planted bug;
  int promise;
  const char* name;  // promise 0: how it ends begins like `end`
  const char* end = "";
  sim::shape shape = shape::distributed;
};

/// The judge by itself: what the simulation notices besides does not count.
bool accuses(const outcome_of_history& what, int promise) {
  return std::any_of(what.accused.begin(), what.accused.end(), [&](const auto& one) { return one.promise == promise; });
}

bool ends_like(const outcome_of_history& what, std::string_view end) {
  return std::any_of(what.broken.begin(), what.broken.end(),
                     [&](const auto& one) { return one.promise == 0 && one.what.starts_with(end); });
}

bool is_found(const bug_case& one, std::uint64_t seed) {
  const outcome_of_history what = happen(plan_of(one.shape, seed), {.bug = one.bug});
  return one.promise == 0 ? ends_like(what, one.end) : accuses(what, one.promise);
}

/// How many histories it took; or none found it.
std::optional<int> histories_until_found(const bug_case& one) {
  constexpr int histories_max = 2000;
  for (int n = 1; n <= histories_max; ++n)
    if (is_found(one, static_cast<std::uint64_t>(n))) return n;
  return std::nullopt;
}

class planted_bugs : public ::testing::TestWithParam<bug_case> {};

TEST_P(planted_bugs, are_found) {
  const std::optional<int> took = histories_until_found(GetParam());
  ASSERT_TRUE(took) << "the judge does not see that promise " << GetParam().promise << " is broken";
  RecordProperty("histories", *took);
  std::printf("%s: %d histories\n", GetParam().name, *took);
}

TEST(planted_bugs, are_no_part_of_the_same_histories_otherwise) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const outcome_of_history what = happen(plan_of(shape::distributed, seed));
    ASSERT_TRUE(what.broken.empty()) << "seed " << seed << ": promise " << what.broken[0].promise << ": "
                                     << what.broken[0].what;
  }
}

INSTANTIATE_TEST_SUITE_P(
    of_each_promise, planted_bugs,
    ::testing::Values(bug_case{planted::counts_one_too_few, 1, "over_issue"},
                      bug_case{planted::forgets_who_was_in, 2, "two_coupons_for_one"},
                      bug_case{planted::answers_before_fsync, 3, "a_yes_that_is_lost"},
                      bug_case{planted::answers_before_fsync, 3, "a_yes_that_a_power_cut_takes", "", shape::embedded},
                      bug_case{planted::keeps_one_back, 4, "under_issue"},
                      bug_case{planted::counts_apart_from_rows, 5, "books_apart"},
                      bug_case{planted::checks_quantity_first, 6, "a_winner_who_hears_no"},
                      bug_case{planted::holds_places, 7, "a_place_held_for_somebody"},
                      bug_case{planted::says_sold_out_too_soon, 8, "sold_out_too_soon"},
                      bug_case{planted::takes_silence_for_no, 9, "a_time_out_as_no"},
                      bug_case{planted::waits_for_ever, 10, "an_endless_line"},
                      bug_case{planted::counts_a_return_twice, 1, "two_places_for_one"},
                      bug_case{planted::forgets_who_returned, 2, "another_one_for_who_returned"},
                      bug_case{planted::loses_what_came_back, 8, "a_place_that_is_lost"},
                      bug_case{planted::loses_what_came_back, 8, "a_place_that_one_node_loses", "", shape::embedded},
                      bug_case{planted::returns_without_a_word, 8, "sold_out_after_a_return"},
                      bug_case{planted::forgets_the_order, 6, "a_till_that_asks_again"},
                      bug_case{planted::lets_two_orders_use_it, 9, "one_coupon_for_two_orders"},
                      bug_case{planted::asks_for_an_open_gate, 0, "a_look_up_without_an_end", "it comes to no end"},
                      bug_case{planted::closed_to_whoever_is_new, 0, "a_winner_at_a_new_node", "it comes to no end"},
                      bug_case{planted::forgets_that_it_was_retired, 0, "an_alarm_for_nothing", "a false alarm"}),
    [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace firstcome::sim
