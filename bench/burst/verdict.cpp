#include "burst/verdict.hpp"

#include <algorithm>
#include <array>

namespace firstcome::burst {
namespace {

constexpr std::array<const char*, 11> promises{"",
                                               "no over-issue",
                                               "one per user",
                                               "a yes is kept",
                                               "no under-issue",
                                               "the books agree",
                                               "asking again is safe",
                                               "first come, first served",
                                               "a refusal is true",
                                               "yes, no and unknown are kept apart",
                                               "overload is refused early"};

/// What would have to happen, for a person who wants to see it.
const char* how_to_try(int promise) {
  switch (promise) {
    case 1:
    case 4:
      return "more users than coupons would";
    case 2:
    case 6:
      return "--repeat 3 would";
    case 9:
      return "lost answers would: ./dev faults";
    case 10:
      return "more than the node can bear would: ./dev bench";
    default:
      return "a coupon that has some left, and then none, would";
  }
}

}  // namespace

bool was_tried(int promise, const trial& of) {
  const tally& heard = of.heard;
  const bool asked_again = of.repeat > 1 || heard.already > 0 || heard.overloaded > 0 || heard.unknown > 0;
  switch (promise) {
    case 1:
    case 4:
      return of.more_users_than_left;
    case 2:
    case 6:
      return asked_again && heard.admitted + heard.already > 0;
    case 3:
    case 7:
      return heard.admitted > 0;
    case 8:
      return heard.sold_out + heard.refused > 0;
    case 9:
      return heard.unknown > 0;
    case 10:
      return heard.overloaded > 0;
    default:
      return true;  // the books are compared each time
  }
}

std::string verdict(const std::vector<auditor::broken_promise>& broken, const trial& of) {
  std::string lines;
  for (int promise = 1; promise < static_cast<int>(promises.size()); ++promise) {
    const auto breaks = [&](const auditor::broken_promise& b) { return b.promise == promise; };
    const bool is_broken = std::any_of(broken.begin(), broken.end(), breaks);
    const bool tried = is_broken || was_tried(promise, of);
    lines += std::string("  ") +
             (is_broken ? "BROKEN     "
              : tried   ? "held       "
                        : "not tried  ") +
             std::to_string(promise) + ". " + promises[static_cast<std::size_t>(promise)] +
             (tried ? "" : std::string("  (") + how_to_try(promise) + ")") + "\n";
    for (const auto& b : broken)
      if (breaks(b)) lines += "                " + b.what + "\n";
  }
  return lines;
}

}  // namespace firstcome::burst
