#pragma once

// A crowd that asks for coupons all at once: many connections, one request in flight on each, every answer recorded
// with the times between which it was given. One thread, epoll. The server may stop, die or come back meanwhile: what
// was not answered is recorded as unknown (status 0), and what could not be sent is not recorded at all.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

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

/// Users `first` to `first + count - 1`, each once, in an order drawn from the seed.
std::vector<issue_ask> crowd(std::int64_t coupon, std::int64_t first, int count, std::uint32_t seed = 1);

/// Adds what a later burst heard to what was heard before.
void append(std::vector<issue_answer>& all, const std::vector<issue_answer>& more);

/// The users who heard yes, each counted once.
std::size_t count_winners(const std::vector<issue_answer>& answers);
std::size_t count_status(const std::vector<issue_answer>& answers, int status);
std::size_t count_code(const std::vector<issue_answer>& answers, const std::string& code);

}  // namespace firstcome::testing
