#pragma once

// How answers get back to the thread that asked. They are handed over in lists, so that a batch of hundreds costs one
// wake-up per event loop and not one each. Nothing here knows what was asked.

#include <boost/intrusive/list.hpp>

namespace firstcome::runtime {

/// Something that was asked and now has its answer. In one list at a time.
class completion : public boost::intrusive::list_base_hook<> {
 public:
  /// Called once, on the thread that asked. It may be destroyed from inside.
  virtual void on_answer() = 0;

 protected:
  ~completion() = default;
};

using completion_list = boost::intrusive::list<completion, boost::intrusive::constant_time_size<true>>;

class completion_queue {
 public:
  virtual ~completion_queue() = default;

  /// Any thread. Takes all of the list (it is empty afterwards) and calls each one's `on_answer`, in order, on the
  /// thread behind this queue, soon and not from inside this function.
  virtual void deliver(completion_list&& answered) = 0;
};

/// Calls each one's `on_answer`, in order; the list is empty afterwards. On the thread that asked.
inline void complete_all(completion_list& answered) {
  while (!answered.empty()) {
    completion& one = answered.front();
    answered.pop_front();
    one.on_answer();
  }
}

}  // namespace firstcome::runtime
