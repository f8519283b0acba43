#include "issuing/distributed/issuer.hpp"

#include <algorithm>
#include <stdexcept>

namespace firstcome::issuing {

namespace {
/// Coupons that a loop remembers.
constexpr std::size_t batchers_max = 4096;
/// Ids that nobody has heard of yet: how many may be asked about at a time. Fewer than the calls that the client takes,
/// so that strangers leave room for coupons even while Redis stands still.
constexpr std::size_t strangers_max = 2048;
/// As many of those that were asked about are remembered, for as long as there is room.
constexpr std::size_t strangers_remembered = 1024;
}  // namespace

/// A batcher begins among the strangers, and becomes a coupon's once it was heard of: whoever asks for one id after the
/// other, of coupons that do not exist, can neither fill the memory nor push a coupon out.
struct distributed_issuer::loop {
  using batcher_map = std::unordered_map<std::int64_t, std::unique_ptr<coupon_batcher>>;

  const completion_queue* origin_loop;
  batcher_context context;
  batcher_map batchers;
  batcher_map strangers;
  std::size_t sweep_at = strangers_remembered;
  coupon_batcher* last = nullptr;  // most requests are for the same coupon
  coupon_id last_coupon{};

  coupon_batcher* batcher_of(coupon_id coupon) {
    if (last != nullptr && last_coupon == coupon) return last;
    if (const auto found = batchers.find(raw(coupon)); found != batchers.end()) {
      last_coupon = coupon;
      return last = found->second.get();
    }
    const auto found = strangers.find(raw(coupon));
    if (found == strangers.end()) return nullptr;
    coupon_batcher* const batcher = found->second.get();
    if (batcher->known()) become_known(found);
    return batcher;
  }

  coupon_batcher* add_batcher(coupon_id coupon) {
    if (strangers.size() >= sweep_at) sweep_strangers();
    if (strangers.size() >= strangers_max) return nullptr;
    return strangers.emplace(raw(coupon), std::make_unique<coupon_batcher>(coupon, context)).first->second.get();
  }

  batcher_map::iterator become_known(batcher_map::iterator stranger) {
    if (batchers.size() >= batchers_max) forget_idle_batchers();
    if (batchers.size() >= batchers_max) return std::next(stranger);
    const auto next = std::next(stranger);
    batchers.insert(strangers.extract(stranger));
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

  void forget_idle_batchers() {
    const monotonic now = context.clock.monotonic_now();
    std::erase_if(batchers, [&](const auto& batcher) { return batcher.second->forgettable(now); });
    last = nullptr;
  }
};

distributed_issuer::distributed_issuer(gate_recovery& recovery, const runtime::clock& clock, options with)
    : recovery_(recovery), clock_(clock), options_(std::move(with)) {}

distributed_issuer::~distributed_issuer() = default;

void distributed_issuer::add_loop(loop_parts parts) {
  auto added = std::unique_ptr<loop>(new loop{.origin_loop = parts.origin_loop,
                                              .context = {.origin_loop = *parts.origin_loop,
                                                          .gate = parts.gate,
                                                          .recovery = recovery_,
                                                          .clock = clock_,
                                                          .post = std::move(parts.post),
                                                          .reply_timeout = options_.reply_timeout,
                                                          .on_batch = options_.on_batch,
                                                          .waiting_max = options_.waiting_max},
                                              .batchers = {},
                                              .strangers = {}});
  loops_.push_back(std::move(added));
}

distributed_issuer::loop& distributed_issuer::loop_of(const completion_queue& origin_loop) {
  for (const auto& one : loops_)
    if (one->origin_loop == &origin_loop) return *one;
  throw std::logic_error("a request came from an event loop that the issuer does not know");
}

sold_out_view distributed_issuer::look(const completion_queue& origin_loop, coupon_id coupon, user_id user) {
  coupon_batcher* const batcher = loop_of(origin_loop).batcher_of(coupon);
  return batcher == nullptr ? sold_out_view::no : batcher->look(user);
}

bool distributed_issuer::issue(issue_call& call) {
  loop& at = loop_of(call.origin_loop);
  coupon_batcher* batcher = at.batcher_of(call.coupon);
  if (batcher == nullptr) batcher = at.add_batcher(call.coupon);
  if (batcher == nullptr) {
    call.answer = errc::overloaded;
    return true;
  }
  return batcher->issue(call);
}

bool distributed_issuer::withdraw(issue_call& call) {
  loop& at = loop_of(call.origin_loop);
  coupon_batcher* batcher = at.batcher_of(call.coupon);
  return batcher != nullptr && batcher->withdraw(call);
}

void distributed_issuer::stop(const completion_queue& origin_loop) {
  loop& at = loop_of(origin_loop);
  for (const auto& [id, batcher] : at.batchers) batcher->refuse_waiting();
  for (const auto& [id, batcher] : at.strangers) batcher->refuse_waiting();
}

std::size_t distributed_issuer::waiting() const {
  std::size_t all = 0;
  for (const auto& one : loops_) all += one->context.waiting.load(std::memory_order_relaxed);
  return all;
}

}  // namespace firstcome::issuing
