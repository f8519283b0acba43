#include "sim/engine/process.hpp"

#include <algorithm>
#include <utility>

namespace firstcome::sim {

namespace {
process* the_running = nullptr;
}

process::process(timeline& time, random_source random, std::string name)
    : time_(time), random_(random), name_(std::move(name)) {}

process::~process() {
  kill();
}

void process::start() {
  alive_ = true;
  ++life_;
  stopped_until_ = {};
}

void process::kill() {
  alive_ = false;
  for (auto& one : std::exchange(fibers_, {})) one->kill();
}

void process::after(life which, microseconds delay, std::function<void()> what) {
  time_.after(delay, [this, which, what = std::move(what)]() mutable {
    if (!lives(which)) return;
    if (stopped()) return after(which, stopped_until_ - time_.now(), std::move(what));
    what();
  });
}

void process::spawn(std::function<void()> what) {
  std::erase_if(fibers_, [](const auto& one) { return one->done(); });
  fiber* const one = fibers_.emplace_back(std::make_unique<fiber>(std::move(what))).get();
  after(microseconds(0), [this, one] { resume(*one); });
}

void process::sleep(microseconds duration) {
  fiber* const one = fiber::current();
  after(duration, [this, one] { resume(*one); });
  fiber::yield();
}

void process::resume(fiber& one) {
  process* const before = std::exchange(the_running, this);
  one.resume();
  the_running = before;
}

process* process::running() {
  return the_running;
}

timestamp process::date() const {
  return first_day + time_.now() + ahead_;
}

monotonic process::time() const {
  const auto passed = static_cast<double>(time_.now().count()) * (1 + drift_);
  return monotonic(std::chrono::hours(1)) + microseconds(static_cast<std::int64_t>(passed));
}

}  // namespace firstcome::sim
