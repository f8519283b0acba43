#include "faults/verdict_bound.hpp"

#include <unistd.h>

#include <iostream>

namespace firstcome::faults {

verdict_bound::verdict_bound(std::string_view what, std::chrono::milliseconds within, std::ostream& say)
    : what_(what), within_(within), say_(say), thread_([this] { watch(); }) {}

verdict_bound::~verdict_bound() {
  {
    const std::scoped_lock lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void verdict_bound::now(const std::string& step) const {
  const std::scoped_lock lock(mutex_);
  step_ = step;
}

void verdict_bound::watch() {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, within_, [this] { return over_; })) return;
  say_ << std::flush;
  std::cerr << "BROKEN: " << what_ << ": no verdict within "
            << std::chrono::duration_cast<std::chrono::seconds>(within_).count() << " s: the run hangs at " << step_
            << std::endl;
  _exit(1);
}

}  // namespace firstcome::faults
