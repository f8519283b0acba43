#pragma once

// How far the ledger is behind a coupon's gate, for who looks at it: queue, workers' lag and open dead letters. A look
// asks the stores; it is made when somebody asks for the figures and they are old, and nobody waits for it: the answer
// has the figures of the look before, with their age.
//
// Thread safety: any thread. Bounded: `looks_max` looks at once, `coupons_max` coupons; the one looked at longest ago
// makes room. Outlives the event loops on which it looks.

#include <map>
#include <mutex>
#include <optional>

#include <boost/asio/any_io_executor.hpp>

#include "api/coupon_handlers.hpp"
#include "runtime/clock.hpp"

namespace firstcome::api {

class backlog_watch {
 public:
  static constexpr std::chrono::milliseconds fresh_for{2000};
  static constexpr std::chrono::milliseconds look_max{5000};  // nobody waits for one, but they are few
  static constexpr std::size_t looks_max = 8;
  static constexpr std::size_t coupons_max = 256;

  struct seen {
    coupon_backlog figures;
    monotonic at{};
  };

  backlog_watch(issuing::coupon_service& coupons, const runtime::clock& clock) : coupons_(coupons), clock_(clock) {}

  /// What is known; begins another look when that is old. Nothing: no look has come to an end yet.
  std::optional<seen> ask(coupon_id id, const boost::asio::any_io_executor& on);

 private:
  boost::asio::awaitable<void> look(coupon_id id);
  void note(coupon_id id, const result<coupon_backlog>& found);
  void make_room();

  struct entry {
    std::optional<seen> known;
    monotonic asked_at{};
    bool being_looked_at = false;
  };

  issuing::coupon_service& coupons_;
  const runtime::clock& clock_;
  std::mutex lock_;
  std::map<std::int64_t, entry> entries_;
  std::size_t looks_ = 0;
};

}  // namespace firstcome::api
