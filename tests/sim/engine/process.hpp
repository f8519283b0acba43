#pragma once

// A process of the simulation: what it does dies with it, and waits while it is stopped. It has clocks of its own,
// which are wrong in ways of their own. Its life begins with `start` and ends with `kill`; then it may start again, and
// nothing of the life before reaches it.
//
// Thread safety: one thread.

#include <memory>
#include <string>

#include "coordination/sleeping_clock.hpp"
#include "sim/engine/fiber.hpp"
#include "sim/engine/timeline.hpp"

namespace firstcome::sim {

class process {
 public:
  /// Names one life, to ask later whether it still lasts.
  using life = std::uint64_t;

  process(timeline& time, random_source random, std::string name);
  ~process();
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  const std::string& name() const { return name_; }
  random_source& random() { return random_; }

  bool alive() const { return alive_; }
  life now_living() const { return life_; }
  bool lives(life which) const { return alive_ && life_ == which; }
  void start();
  /// Every fiber is unwound; what was to happen does not. Not from inside one of its fibers.
  void kill();
  /// Stands still: what was to happen until then happens then.
  void stop_until(instant when) { stopped_until_ = std::max(stopped_until_, when); }
  bool stopped() const { return stopped_until_ > time_.now(); }

  /// Happens in this life, or in the one that is named, or never.
  void after(microseconds delay, std::function<void()> what) { after(life_, delay, std::move(what)); }
  void after(life which, microseconds delay, std::function<void()> what);
  /// A course of action that may wait.
  void spawn(std::function<void()> what);
  /// For what was spawned.
  void sleep(microseconds duration);
  /// The one whose fiber runs now; null: none.
  static process* running();

  // The machine's clocks.
  timestamp date() const;
  monotonic time() const;
  void set_clock_ahead(microseconds by) { ahead_ = by; }
  /// How much faster time passes here: 1e-4 are 100 µs a second.
  void set_drift(double drift) { drift_ = drift; }

 private:
  void resume(fiber& one);

  timeline& time_;
  random_source random_;
  const std::string name_;
  bool alive_ = false;
  life life_ = 0;
  instant stopped_until_{};
  microseconds ahead_{};
  double drift_ = 0;
  std::vector<std::unique_ptr<fiber>> fibers_;
};

/// Of a machine: quartz is wrong by up to a thousandth on a bad day.
inline double drift_of(random_source random) {
  return static_cast<double>(random.between(-1000, 1000)) * 1e-6;
}

/// When a history begins, by a clock that is right.
inline constexpr timestamp first_day = from_microseconds(1'800'000'000'000'000);

/// A process's clocks, as the code under test sees them.
class process_sleeping_clock final : public coordination::sleeping_clock {
 public:
  explicit process_sleeping_clock(process& of) : process_(of) {}
  timestamp now() const override { return process_.date(); }
  monotonic monotonic_now() const override { return process_.time(); }
  /// As coarse as the coarsest machine's.
  monotonic coarse_monotonic_now() const override {
    return std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, 100>>>(process_.time());
  }
  void sleep(std::chrono::milliseconds duration) override { process_.sleep(duration); }
  std::chrono::milliseconds jittered(std::chrono::milliseconds duration) override {
    return std::chrono::milliseconds(process_.random().between(duration.count() / 2, duration.count() * 3 / 2));
  }

 private:
  process& process_;
};

}  // namespace firstcome::sim
