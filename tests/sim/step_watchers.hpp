#pragma once

// Watchers that do one thing at a step of a name, for tests of the distributed steps.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/stepped_stores.hpp"

namespace firstcome::testing {

/// Acts before (or after) the first step of this name.
class at_step final : public step_watcher {
 public:
  enum class when { before, after };
  explicit at_step(std::string step = "", std::function<void()> act = {}, when moment = when::before)
      : step_(std::move(step)), act_(std::move(act)), moment_(moment) {}

  void before(const char* step) override {
    steps.emplace_back(step);
    if (moment_ == when::before) run(step);
  }
  void after(const char* step) override {
    if (moment_ == when::after) run(step);
  }

  std::vector<std::string> steps;

 private:
  void run(const char* step) {
    if (step_ != step || !act_) return;
    std::exchange(act_, {})();
  }

  std::string step_;
  std::function<void()> act_;
  when moment_;
};

class at_every_step final : public step_watcher {
 public:
  at_every_step(std::string step, std::function<void()> act) : step_(std::move(step)), act_(std::move(act)) {}
  void before(const char*) override {}
  void after(const char* step) override {
    if (step_ == step) act_();
  }

 private:
  std::string step_;
  std::function<void()> act_;
};

[[noreturn]] inline void die() {
  throw store_unavailable("died");
}

}  // namespace firstcome::testing
