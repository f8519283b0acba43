#include "issuing/distributed/issuer.hpp"

#include <algorithm>
#include <stdexcept>

namespace firstcome::issuing {

namespace {
/// Coupons that a loop remembers.
constexpr std::size_t lines_max = 4096;
/// Ids that nobody has heard of yet: how many may be asked about at a time. Fewer than the calls that the client takes,
/// so that strangers leave room for coupons even while Redis stands still.
constexpr std::size_t strangers_max = 2048;
/// As many of those that were asked about are remembered, for as long as there is room.
constexpr std::size_t strangers_remembered = 1024;
}  // namespace

/// A line begins among the strangers, and becomes a coupon's once it was heard of: whoever asks for one id after the
/// other, of coupons that do not exist, can neither fill the memory nor push a coupon out.
struct distributed_issuer::loop {
  using line_map = std::unordered_map<std::int64_t, std::unique_ptr<coupon_batcher>>;

  const completion_queue* origin_loop;
  batcher_context context;
  line_map lines;
  line_map strangers;
  std::size_t sweep_at = strangers_remembered;
  coupon_batcher* last = nullptr;  // most requests are for the same coupon
  coupon_id last_coupon{};

  coupon_batcher* line_of(coupon_id coupon) {
    if (last != nullptr && last_coupon == coupon) return last;
    if (const auto found = lines.find(raw(coupon)); found != lines.end()) {
      last_coupon = coupon;
      return last = found->second.get();
    }
    const auto found = strangers.find(raw(coupon));
    if (found == strangers.end()) return nullptr;
    coupon_batcher* const line = found->second.get();
    if (line->known()) become_known(found);
    return line;
  }

  coupon_batcher* add_line(coupon_id coupon) {
    if (strangers.size() >= sweep_at) sweep_strangers();
    if (strangers.size() >= strangers_max) return nullptr;
    return strangers.emplace(raw(coupon), std::make_unique<coupon_batcher>(coupon, context)).first->second.get();
  }

  line_map::iterator become_known(line_map::iterator stranger) {
    if (lines.size() >= lines_max) forget_idle_lines();
    if (lines.size() >= lines_max) return std::next(stranger);
    const auto next = std::next(stranger);
    lines.insert(strangers.extract(stranger));
    return next;
  }

  /// Walked over when as many have come as were left by the last walk.
  void sweep_strangers() {
    for (auto one = strangers.begin(); one != strangers.end();)
      if (one->second->known())
        one = become_known(one);
      else
        one = one->second->idle() ? strangers.erase(one) : std::next(one);
    sweep_at = std::max(strangers_remembered, std::min(2 * strangers.size(), strangers_max));
  }

  void forget_idle_lines() {
    const monotonic now = context.clock.monotonic_now();
    std::erase_if(lines, [&](const auto& line) { return line.second->forgettable(now); });
    last = nullptr;
  }
};

distributed_issuer::distributed_issuer(gate_recovery& keeper, const runtime::clock& clock, options with)
    : keeper_(keeper), clock_(clock), options_(std::move(with)) {}

distributed_issuer::~distributed_issuer() = default;

void distributed_issuer::add_loop(loop_parts parts) {
  auto added = std::unique_ptr<loop>(new loop{.origin_loop = parts.origin_loop,
                                              .context = {.origin_loop = *parts.origin_loop,
                                                         .gate = parts.gate,
                                                         .keeper = keeper_,
                                                         .clock = clock_,
                                                         .post = std::move(parts.post),
                                                         .reply_timeout = options_.reply_timeout,
                                                         .on_batch = options_.on_batch,
                                                         .waiting_max = options_.waiting_max},
                                              .lines = {},
                                              .strangers = {}});
  loops_.push_back(std::move(added));
}

distributed_issuer::loop& distributed_issuer::loop_of(const completion_queue& origin_loop) {
  for (const auto& one : loops_)
    if (one->origin_loop == &origin_loop) return *one;
  throw std::logic_error("a request came from an event loop that the issuer does not know");
}

sold_out_view distributed_issuer::look(const completion_queue& origin_loop, coupon_id coupon, user_id user) {
  coupon_batcher* const line = loop_of(origin_loop).line_of(coupon);
  return line == nullptr ? sold_out_view::no : line->look(user);
}

bool distributed_issuer::issue(issue_call& call) {
  loop& at = loop_of(call.origin_loop);
  coupon_batcher* line = at.line_of(call.coupon);
  if (line == nullptr) line = at.add_line(call.coupon);
  if (line == nullptr) {
    call.answer = errc::overloaded;
    return true;
  }
  return line->issue(call);
}

bool distributed_issuer::withdraw(issue_call& call) {
  loop& at = loop_of(call.origin_loop);
  coupon_batcher* line = at.line_of(call.coupon);
  return line != nullptr && line->withdraw(call);
}

void distributed_issuer::stop(const completion_queue& origin_loop) {
  loop& at = loop_of(origin_loop);
  for (const auto& [id, line] : at.lines) line->refuse_waiting();
  for (const auto& [id, line] : at.strangers) line->refuse_waiting();
}

std::size_t distributed_issuer::waiting() const {
  std::size_t all = 0;
  for (const auto& one : loops_) all += one->context.waiting.load(std::memory_order_relaxed);
  return all;
}

}  // namespace firstcome::issuing
