#pragma once

// What a crowd asked and what it heard, with the times between which each answer was given: what tests count and
// promise_audit judges. What was not answered is unknown (status 0). Pure.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "lab/load/closed_loop.hpp"

namespace firstcome::testing {

struct issue_ask {
  std::int64_t coupon = 0;
  std::int64_t user = 0;
};

struct issue_answer {
  issue_ask ask = {};
  std::chrono::steady_clock::time_point invoked = {};   // before the first byte was sent
  std::chrono::steady_clock::time_point answered = {};  // after the last byte was read, or the connection was lost
  int status = 0;                                       // 0: no answer
  std::int64_t sequence = 0;                            // of a yes
  std::string code = {};                                // of a no
  bool has_retry_after = false;

  bool yes() const { return status == 200 || status == 201 || status == 202; }
};

std::chrono::steady_clock::time_point to_time(load::instant_ns at);

/// The answer that the load generator has received.
issue_answer heard_of(const issue_ask& ask, const load::answer& answer);
/// There was none.
issue_answer nothing_heard_of(const issue_ask& ask, load::instant_ns sent_at, load::instant_ns given_up_at);

/// Users `first` to `first + count - 1`, each once, in an order drawn from the seed.
std::vector<issue_ask> crowd(std::int64_t coupon, std::int64_t first, int count, std::uint32_t seed = 1);

/// Adds what a later burst heard to what was heard before.
void append(std::vector<issue_answer>& all, const std::vector<issue_answer>& more);

/// The users who heard yes, each counted once.
std::size_t count_winners(const std::vector<issue_answer>& answers);
std::size_t count_status(const std::vector<issue_answer>& answers, int status);
std::size_t count_code(const std::vector<issue_answer>& answers, const std::string& code);

}  // namespace firstcome::testing
