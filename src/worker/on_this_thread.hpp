#pragma once

// How recovery waits and draws lots in a real process: by sleeping on the thread that called it.

#include "runtime/clock.hpp"
#include "worker/recovery.hpp"

namespace firstcome::worker {

recovery::options on_this_thread(const runtime::clock& clock);

}  // namespace firstcome::worker
