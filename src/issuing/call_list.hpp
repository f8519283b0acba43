#pragma once

// Calls that wait together, or were answered together.

#include "issuing/issuer.hpp"

namespace firstcome::issuing {

using call_list = boost::intrusive::list<issue_call, boost::intrusive::constant_time_size<true>>;

/// Hands all of the calls over to the thread behind `origin_loop`; the list is empty afterwards.
inline void deliver(call_list&& answered, completion_queue& origin_loop) {
  runtime::completion_list completions;
  while (!answered.empty()) {
    issue_call& call = answered.front();
    answered.pop_front();
    completions.push_back(call);
  }
  origin_loop.deliver(std::move(completions));
}

}  // namespace firstcome::issuing
