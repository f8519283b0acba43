#pragma once

// The parts of a node, in the order in which they need each other: made and started in this order, stopped and
// destroyed in reverse. A part that cannot be made or started takes those before it down, in reverse, and is named in
// the log.
//
// The end of a node has four steps, each from the last part to the first:
//   refuse    takes no new work; what is under way goes on, until the list is quiet or its owner's deadline has passed
//   give up   what still waits is refused, and told so; what was sent stays unknown
//   stop      the part's threads end, and the part is destroyed, before those that it needs
// and `stop_by` bounds the last two: nothing that was answered may depend on their coming to an end.
//
// Thread safety: one thread; hooks are called on it.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/deadline.hpp"

namespace firstcome::runtime {

/// What a part has to say in each step; any may be missing. `refuse` and `give_up` are asked only of what was started,
/// `stop` of all that was made.
struct component_hooks {
  std::function<void()> start = {};    // throws when it cannot
  std::function<void()> refuse = {};   // returns at once
  std::function<bool()> quiet = {};    // nothing is under way
  std::function<void()> give_up = {};  // may wait for what runs
  std::function<void()> stop = {};     // may wait for threads
};

class component_list {
 public:
  component_list() = default;
  component_list(const component_list&) = delete;
  component_list& operator=(const component_list&) = delete;
  ~component_list() { stop(); }

  /// `make` answers a unique_ptr to the part. When it throws, the list is stopped, and the exception goes on.
  template <class Make>
  auto& make(std::string name, Make make) {
    try {
      auto made = make();
      auto& part = *made;
      add(std::move(name), {});
      parts_.back().object = std::move(made);
      return part;
    } catch (...) {
      fail(name);
      throw;
    }
  }
  /// The hooks of the part that was made last.
  void with(component_hooks hooks) { parts_.back().hooks = std::move(hooks); }
  /// A part that is hooks only.
  void add(std::string name, component_hooks hooks);

  /// When one throws, the list is stopped, and the exception goes on.
  void start();
  void refuse();
  bool quiet() const;
  /// Gives up, stops and destroys everything. Does nothing the second time.
  void stop();
  /// The same. When it takes longer, `overrun` is called with the name of the part that it hangs on, on another thread:
  /// that of the process's end.
  void stop_by(deadline end, const std::function<void(const std::string& name)>& overrun);

  /// The part that could not be made or started; otherwise empty.
  const std::string& failed() const { return failed_; }

 private:
  struct part {
    std::string name;
    component_hooks hooks;
    std::shared_ptr<void> object;
    bool started = false;
  };
  class bound;

  void fail(const std::string& name);
  void stop_each(bound* watched);

  std::vector<part> parts_;
  std::string failed_;
};

}  // namespace firstcome::runtime
