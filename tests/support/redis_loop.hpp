#pragma once

// An event loop with an async_client on it, for tests: the loop runs on a thread of its own, calls are made from the
// test's thread and wait for their outcome.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <future>
#include <string>
#include <thread>

#include "redis/async_client.hpp"
#include "support/eventually.hpp"

namespace firstcome::testing {

struct redis_outcome {
  enum class kind { replied, not_executed, unknown };
  kind what = kind::unknown;
  std::string text;  // of the reply (numbers too), or why
};

/// One call's outcome, as a future. A second outcome ends the test.
class awaited_outcome final : public redis::completion {
 public:
  redis_outcome get() { return future_.get(); }
  bool there() const { return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }

  void replied(redis::reply_view answer) override {
    const bool number = answer.text().empty() && !answer.is_nil();
    set({redis_outcome::kind::replied, number ? std::to_string(answer.integer()) : std::string(answer.text())});
  }
  void not_executed(std::string_view why) override { set({redis_outcome::kind::not_executed, std::string(why)}); }
  void unknown(std::string_view why) override { set({redis_outcome::kind::unknown, std::string(why)}); }

 private:
  void set(redis_outcome outcome) { promise_.set_value(std::move(outcome)); }

  std::promise<redis_outcome> promise_;
  std::future<redis_outcome> future_ = promise_.get_future();
};

class redis_loop {
 public:
  explicit redis_loop(redis::async_client::options with) : client_(context_, sockets_, std::move(with)) {
    sockets_.start();
    boost::asio::post(context_, [this] { client_.start(); });
    thread_ = std::thread([this] { context_.run(); });
  }
  ~redis_loop() { stop(); }

  void stop() {
    if (!thread_.joinable()) return;
    on_thread([this] {
      client_.stop();
      sockets_.stop();
    });
    work_.reset();
    thread_.join();
  }

  redis::async_client& client() { return client_; }
  bool await_connection(std::chrono::milliseconds within = patience) {
    // On the loop's thread: calls hear that a connection broke a moment before the client counts it as broken.
    return eventually(within, [this] {
      bool connected = false;
      on_thread([&] { connected = client_.connected(); });
      return connected;
    });
  }

  template <class Action>
  void on_thread(Action action) {
    std::promise<void> done;
    boost::asio::post(context_, [&] {
      action();
      done.set_value();
    });
    done.get_future().get();
  }

  using texts = std::vector<std::string_view>;
  /// Makes the call and returns; `to` is told. The texts are copied before this returns.
  void begin(const texts& words, std::chrono::milliseconds within, redis::completion& to, std::string_view key = "k") {
    on_thread([&] { client_.call(key, words, runtime::deadline::after(within), to); });
  }
  redis_outcome call(const texts& words, std::chrono::milliseconds within = std::chrono::seconds(10),
                     std::string_view key = "k") {
    awaited_outcome outcome;
    begin(words, within, outcome, key);
    return outcome.get();
  }
  redis_outcome run(const redis::script& what, const texts& keys, const texts& args,
                    std::chrono::milliseconds within = std::chrono::seconds(10)) {
    awaited_outcome outcome;
    on_thread([&] { client_.run(what, keys, args, runtime::deadline::after(within), outcome); });
    return outcome.get();
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
  runtime::readiness sockets_{context_};
  redis::async_client client_;
  std::thread thread_;
};

}  // namespace firstcome::testing
