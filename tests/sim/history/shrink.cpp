#include "sim/history/shrink.hpp"

#include <algorithm>

namespace firstcome::sim {

plan shrink(const plan& failing, const std::function<bool(const plan&)>& fails_alike, int attempts_max) {
  plan shortest = failing;
  const auto still_fails = [&](const plan& p) { return attempts_max-- > 0 && fails_alike(p); };
  // Chunks of half of the items, of a quarter, and so on; and again from the start as long as it helps.
  for (std::size_t chunk = std::max<std::size_t>(1, shortest.items.size() / 2);;) {
    bool helped = false;
    for (std::size_t at = 0; at < shortest.items.size();) {
      plan candidate = shortest;
      const auto from = candidate.items.begin() + static_cast<std::ptrdiff_t>(at);
      const auto to = from + static_cast<std::ptrdiff_t>(std::min(chunk, candidate.items.size() - at));
      candidate.items.erase(from, to);
      if (still_fails(candidate)) {
        shortest = std::move(candidate);
        helped = true;
      } else {
        at += chunk;
      }
    }
    if (chunk > 1)
      chunk /= 2;
    else if (!helped || attempts_max <= 0)
      return shortest;
  }
}

}  // namespace firstcome::sim
