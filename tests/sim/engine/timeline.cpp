#include "sim/engine/timeline.hpp"

#include <algorithm>
#include <stdexcept>

namespace firstcome::sim {

namespace {
constexpr std::uint64_t events_max = 2'000'000;  // a thousand times the usual
}

void timeline::at(instant when, std::function<void()> what) {
  events_.push_back({std::max(when, now_), random_.next(), std::move(what)});
  std::push_heap(events_.begin(), events_.end());
}

bool timeline::advance() {
  if (events_.empty()) return false;
  std::pop_heap(events_.begin(), events_.end());
  event next = std::move(events_.back());
  events_.pop_back();
  now_ = next.when;
  if (++happened_ > events_max) throw std::runtime_error("it turns in circles: nothing else happens any more");
  next.what();
  return true;
}

void timeline::advance_to(instant when) {
  at(when, [] {});
  while (now_ < when) advance();
}

}  // namespace firstcome::sim
