#pragma once

// How answers get back to the thread that asked. Calls are handed over in lists, so that a batch of hundreds costs one
// wake-up per event loop and not one per call.

#include <boost/intrusive/list.hpp>

#include "issuing/issuer.hpp"

namespace firstcome::issuing {

using call_list = boost::intrusive::list<issue_call, boost::intrusive::constant_time_size<true>>;

class completion_queue {
 public:
  virtual ~completion_queue() = default;

  /// Any thread. Takes every call of the list (the list is empty afterwards) and calls each one's `on_answer`, in
  /// order, on the thread behind this queue, soon and not from inside this function.
  virtual void deliver(call_list&& answered) = 0;
};

}  // namespace firstcome::issuing
