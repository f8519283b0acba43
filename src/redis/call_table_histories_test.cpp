// Many histories of a call_table, each made from a seed: events in whatever order, and the promises checked after each.

#include <gtest/gtest.h>

#include <random>

#include "support/call_table_trial.hpp"

namespace firstcome::redis {
namespace {

constexpr unsigned histories = 400;
constexpr std::size_t longest = 1200;

TEST(call_table_histories, keep_every_promise_whatever_happens_when) {
  for (unsigned seed = 1; seed <= histories; ++seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> input(1 + random() % longest);
    for (std::uint8_t& each : input) each = static_cast<std::uint8_t>(random());
    try {
      firstcome::testing::call_table_trial(input.data(), input.size()).run();
    } catch (const std::logic_error& broken) {
      FAIL() << "seed " << seed << ": this must hold, and does not: " << broken.what();
    }
  }
}

}  // namespace
}  // namespace firstcome::redis
