#include "issuing/distributed/issuer.hpp"

#include <stdexcept>

namespace firstcome::issuing {

namespace {
/// Coupons that a loop remembers: a stranger who asks for one coupon after the other must not fill the memory.
constexpr std::size_t lines_max = 4096;
}  // namespace

struct distributed_issuer::loop {
  const completion_queue* home;
  line_surroundings around;
  std::unordered_map<std::int64_t, std::unique_ptr<coupon_batcher>> lines;
  coupon_batcher* last = nullptr;  // most requests are for the same coupon
  coupon_id last_coupon{};

  coupon_batcher* line_of(coupon_id coupon) {
    if (last != nullptr && last_coupon == coupon) return last;
    const auto found = lines.find(raw(coupon));
    if (found == lines.end()) return nullptr;
    last_coupon = coupon;
    return last = found->second.get();
  }

  coupon_batcher* add_line(coupon_id coupon) {
    if (lines.size() >= lines_max) forget_idle_lines();
    if (lines.size() >= lines_max) return nullptr;
    return lines.emplace(raw(coupon), std::make_unique<coupon_batcher>(coupon, around)).first->second.get();
  }

  void forget_idle_lines() {
    const monotonic now = around.clock.monotonic_now();
    std::erase_if(lines, [&](const auto& line) { return line.second->forgettable(now); });
    last = nullptr;
  }
};

distributed_issuer::distributed_issuer(gate_recovery& keeper, const runtime::clock& clock, options with)
    : keeper_(keeper), clock_(clock), with_(std::move(with)) {}

distributed_issuer::~distributed_issuer() = default;

void distributed_issuer::add_loop(loop_parts parts) {
  auto added = std::unique_ptr<loop>(new loop{.home = parts.home,
                                              .around = {.home = *parts.home,
                                                         .gate = parts.gate,
                                                         .keeper = keeper_,
                                                         .clock = clock_,
                                                         .post = std::move(parts.post),
                                                         .reply_timeout = with_.reply_timeout,
                                                         .on_batch = with_.on_batch,
                                                         .waiting_max = with_.waiting_max},
                                              .lines = {}});
  loops_.push_back(std::move(added));
}

distributed_issuer::loop& distributed_issuer::loop_of(const completion_queue& home) {
  for (const auto& one : loops_)
    if (one->home == &home) return *one;
  throw std::logic_error("a request came from an event loop that the issuer does not know");
}

bool distributed_issuer::issue(issue_call& call) {
  loop& at = loop_of(call.home);
  coupon_batcher* line = at.line_of(call.coupon);
  if (line == nullptr) line = at.add_line(call.coupon);
  if (line == nullptr) {
    call.answer = errc::overloaded;
    return true;
  }
  return line->issue(call);
}

bool distributed_issuer::withdraw(issue_call& call) {
  loop& at = loop_of(call.home);
  coupon_batcher* line = at.line_of(call.coupon);
  return line != nullptr && line->withdraw(call);
}

void distributed_issuer::stop(const completion_queue& home) {
  for (const auto& [id, line] : loop_of(home).lines) line->refuse_waiting();
}

std::size_t distributed_issuer::waiting() const {
  std::size_t all = 0;
  for (const auto& one : loops_) all += one->around.waiting.load(std::memory_order_relaxed);
  return all;
}

}  // namespace firstcome::issuing
