#pragma once

// A token names a key that nobody here knows: perhaps its issuer has just begun to sign with it. The request waits
// inside its exchange while the keys are read again. Thread safety: `begin` on the exchange's loop's thread.

#include <memory>

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "identity/key_watch.hpp"

namespace firstcome::api {

class unknown_keys {
 public:
  class receiver {
   public:
    /// On the exchange's loop's thread, after the keys were read again, or that failed.
    virtual void on_keys_read(routed_exchange to, const route_match& found) = 0;

   protected:
    ~receiver() = default;
  };

  /// `keys` is null where they never change.
  unknown_keys(std::shared_ptr<identity::key_watch> keys, receiver& to) : keys_(std::move(keys)), receiver_(to) {}

  /// `will_be_read`: `on_keys_read` will be called, once. Otherwise the exchange is as it was.
  identity::key_watch::asked begin(routed_exchange to, const route_match& found);
  /// Whoever waits goes on.
  void close() {
    if (keys_) keys_->close();
  }

 private:
  class ticket;
  class waiting;

  const std::shared_ptr<identity::key_watch> keys_;
  receiver& receiver_;
};

}  // namespace firstcome::api
