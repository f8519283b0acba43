#pragma once

// A crowd that asks for coupons all at once: many connections, one request in flight on each, every answer recorded
// with the times between which it was given. The server may stop, die or come back meanwhile: what was not answered is
// recorded as unknown (status 0), and what could not be sent is not recorded at all. Over the load generator's loop.

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "support/issue_history.hpp"

namespace firstcome::testing {

/// Something done to the server while the crowd asks.
struct disturbance {
  std::size_t after_answers = 0;          // counted from the burst's start
  std::chrono::microseconds and_then{0};  // waited after that, while the burst goes on
  std::function<void()> act = {};
};

struct burst_options {
  int connections = 64;
  std::chrono::milliseconds deadline{60'000};  // what is unanswered then is unknown
  std::vector<disturbance> disturbances = {};
};

/// Each connection takes the next ask as soon as it is free, so the asks go out in about the given order. Ends when all
/// are answered, at the deadline, or when the server is gone.
std::vector<issue_answer> run_burst(std::uint16_t port, const std::vector<issue_ask>& asks,
                                    const burst_options& options = {});
/// The connections are spread evenly over several nodes.
std::vector<issue_answer> run_burst(const std::vector<std::uint16_t>& ports, const std::vector<issue_ask>& asks,
                                    const burst_options& options = {});

}  // namespace firstcome::testing
