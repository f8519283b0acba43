#pragma once

// Which user asks next. Every kind names each user at most once, so that a run which continues where another ended
// (`first`) never asks for somebody who already has a coupon. Pure; ids are positive.

#include <cstdint>

namespace firstcome::load {

constexpr std::uint64_t population = 10'000'000;  // as in the original service's load test

/// The i-th of ten million users in an order that looks random and names each once: a permutation chosen by `seed`.
/// `i` is taken modulo the population. Answers 1 to 10,000,000.
std::int64_t random_user(std::uint64_t seed, std::uint64_t i);

}  // namespace firstcome::load
