#pragma once

// The threads of this process that wait for locks to come free, by the lock's name. Each wake-up wakes one of them:
// the others would only fight for what one can have. Wake-ups that come while somebody tries are kept, so that none is
// missed between "it is taken" and "I wait". Thread safety: any thread.

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "domain/time.hpp"
#include "runtime/deadline.hpp"

namespace firstcome::redis {

class lock_waiters {
 private:
  struct waiting_queue {
    int waiting = 0;
    int wake_ups = 0;  // not yet taken; never more than `waiting`
    std::condition_variable woken;
  };

 public:
  /// A place among those who wait for one lock, from construction to destruction.
  class place {
   public:
    place(lock_waiters& of, const std::string& name);
    ~place();
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    /// Returns when woken, or at that time.
    void wait_until(runtime::deadline end);

   private:
    lock_waiters& owner_;
    std::map<std::string, waiting_queue, std::less<>>::iterator at_;
  };

  void wake_one(std::string_view name);
  /// After messages may have been lost.
  void wake_all();

 private:
  std::mutex lock_;
  std::map<std::string, waiting_queue, std::less<>> queues_;
};

}  // namespace firstcome::redis
