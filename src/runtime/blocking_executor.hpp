#pragma once

// Threads for work that blocks (a look-up in a ledger, a change that takes several steps), each piece with a resource
// of its own for as long as it runs: a connection, a set of them. Resources are made when they are first needed, kept,
// and thrown away when the work that had them threw. Thread safety: `run` from any thread; `close` and the destructor
// from one. The destructor finishes what was taken; `close` only what has begun.

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "runtime/deadline.hpp"

namespace firstcome::runtime {

/// Takes work that blocks, and lends it a resource.
template <class Resource>
class executor {
 public:
  using work = std::function<void(Resource&)>;
  /// The work, or making its resource, threw this.
  using failure = std::function<void(std::exception_ptr)>;

  virtual ~executor() = default;
  /// False: too much waits already, and nothing will be called. Otherwise `what` runs elsewhere; when it throws,
  /// `failed` is called there. The resource waits for others until `until` at the latest; work that has not begun by
  /// then is never begun, and fails as `deadline_passed`: surely not done.
  virtual bool run(work what, failure failed, deadline until) = 0;
};

/// What work fails with that had not begun when its executor was closed.
class executor_closed : public std::runtime_error {
 public:
  executor_closed() : std::runtime_error("this node stops") {}
};

template <class Resource>
class blocking_executor final : public executor<Resource> {
 public:
  using source = std::function<std::unique_ptr<Resource>()>;
  using typename executor<Resource>::work;
  using typename executor<Resource>::failure;

  blocking_executor(std::size_t threads, int waiting_max, source make)
      : waiting_max_(waiting_max), make_(std::move(make)), pool_(threads) {}
  ~blocking_executor() override { pool_.join(); }

  /// Nothing is taken any more, what waits fails (`failed` is called), and what runs is waited for.
  void close() {
    closed_ = true;
    pool_.join();
  }

  bool run(work what, failure failed, deadline until) override {
    if (++waiting_ > waiting_max_ || closed_) {
      --waiting_;
      return false;
    }
    boost::asio::post(pool_, [this, until, what = std::move(what), failed = std::move(failed)] {
      try {
        if (closed_) throw executor_closed();
        if (until.passed()) throw deadline_passed("nobody had time for it before its deadline");
        std::unique_ptr<Resource> lent = borrow();
        if constexpr (requires { lent->until(until); }) lent->until(until);
        what(*lent);
        give_back(std::move(lent));
      } catch (...) {
        failed(std::current_exception());
      }
      --waiting_;
    });
    return true;
  }

 private:
  std::unique_ptr<Resource> borrow() {
    {
      const std::lock_guard locked(lock_);
      if (!idle_.empty()) {
        std::unique_ptr<Resource> lent = std::move(idle_.back());
        idle_.pop_back();
        return lent;
      }
    }
    return make_();
  }

  void give_back(std::unique_ptr<Resource> lent) {
    const std::lock_guard locked(lock_);
    idle_.push_back(std::move(lent));
  }

  const int waiting_max_;
  const source make_;
  std::atomic<int> waiting_{0};
  std::atomic<bool> closed_{false};
  std::mutex lock_;  // guards idle_
  std::vector<std::unique_ptr<Resource>> idle_;
  boost::asio::thread_pool pool_;  // last: its threads end before what they use
};

}  // namespace firstcome::runtime
