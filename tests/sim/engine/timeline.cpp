#include "sim/engine/timeline.hpp"

#include <algorithm>

namespace firstcome::sim {

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
  ++happened_;
  next.what();
  return true;
}

}  // namespace firstcome::sim
