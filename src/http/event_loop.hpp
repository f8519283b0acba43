#pragma once

// One io_context and the one thread that runs it. Everything that belongs to a connection happens on its loop's thread,
// without a lock.
// Thread safety: `deliver`, `executor` and `finish` from any thread.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <thread>

#include "runtime/completion_queue.hpp"
#include "runtime/machine.hpp"

namespace firstcome::http {

class event_loop final : public runtime::completion_queue {
 public:
  event_loop() : context_(1), work_(boost::asio::make_work_guard(context_)) {}
  ~event_loop() override { finish(); }

  void start() {
    thread_ = std::thread([this] {
      runtime::name_this_thread("event-loop");
      context_.run();
    });
  }

  /// Lets the loop end once nothing is left to do, and waits for that.
  void finish() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

  boost::asio::io_context& context() { return context_; }

  void deliver(runtime::completion_list&& answered) override;

 private:
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace firstcome::http
