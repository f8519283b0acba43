#pragma once

// A coroutine that runs by itself from the call on and frees itself at its end: the cheapest way to write a connection
// as straight-line code. It has one frame and costs nothing per suspension; whoever resumes it holds its handle.
// Exceptions that reach its end are bugs, and end the process.

#include <coroutine>
#include <exception>

namespace firstcome::runtime {

struct detached_task {
  struct promise_type {
    detached_task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace firstcome::runtime
