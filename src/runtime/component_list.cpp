#include "runtime/component_list.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <ranges>
#include <thread>

#include "runtime/log.hpp"

namespace firstcome::runtime {
namespace {

/// A part that cannot end as it should keeps no other from its end.
void call(const std::function<void()>& hook, const std::string& name) {
  if (!hook) return;
  try {
    hook();
  } catch (const std::exception& e) {
    log::warn("a part of the node did not stop as it should", {{"part", name}, {"reason", e.what()}});
  }
}

}  // namespace

/// Watches over a stop, by a thread of its own.
class component_list::bound {
 public:
  bound(deadline end, const std::function<void(const std::string&)>& overrun)
      : thread_([this, end, &overrun] {
          std::unique_lock locked(lock_);
          if (changed_.wait_until(locked, end.at(), [this] { return over_; })) return;
          const std::string name = at_;
          locked.unlock();
          overrun(name);
        }) {}
  ~bound() {
    {
      const std::lock_guard locked(lock_);
      over_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void now_at(const std::string& name) {
    const std::lock_guard locked(lock_);
    at_ = name;
  }

 private:
  std::mutex lock_;  // guards the two
  std::string at_;
  bool over_ = false;
  std::condition_variable changed_;
  std::thread thread_;  // last
};

void component_list::add(std::string name, component_hooks hooks) {
  parts_.push_back({.name = std::move(name), .hooks = std::move(hooks), .object = nullptr});
}

void component_list::start() {
  for (part& one : parts_) {
    try {
      if (one.hooks.start) one.hooks.start();
    } catch (...) {
      fail(std::string(one.name));
      throw;
    }
    one.started = true;
  }
}

void component_list::refuse() {
  for (part& one : parts_ | std::views::reverse)
    if (one.started) call(one.hooks.refuse, one.name);
}

bool component_list::quiet() const {
  return std::ranges::all_of(parts_,
                             [](const part& one) { return !one.started || !one.hooks.quiet || one.hooks.quiet(); });
}

void component_list::stop() {
  stop_each(nullptr);
}

void component_list::stop_by(deadline end, const std::function<void(const std::string&)>& overrun) {
  bound watched(end, overrun);
  stop_each(&watched);
}

void component_list::stop_each(bound* watched) {
  for (part& one : parts_ | std::views::reverse) {
    if (!one.started) continue;
    if (watched != nullptr) watched->now_at(one.name);
    call(one.hooks.give_up, one.name);
  }
  while (!parts_.empty()) {
    part& last = parts_.back();
    if (watched != nullptr) watched->now_at(last.name);
    call(last.hooks.stop, last.name);
    last.hooks = {};
    last.object.reset();
    parts_.pop_back();
  }
}

void component_list::fail(const std::string& name) {
  failed_ = name;
  log::info("a part of the node did not start; those before it are stopped", {{"part", name}});
  stop();
}

}  // namespace firstcome::runtime
