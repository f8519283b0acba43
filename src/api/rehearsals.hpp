#pragma once

// Rehearsals: an admin of a node that was started with --rehearsal has a made-up crowd sent at a coupon that is made
// for it, so that people see the curves move before the day. The coupon is marked (its title begins with `title_mark`,
// its type is `coupon_type`), and the crowd asks for no other. One at a time on a node.
// Thread safety: any thread; `begin` on the exchange's loop's thread.

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "api/bodies.hpp"
#include "api/coupon_handlers.hpp"
#include "api/made_up_crowd.hpp"

namespace firstcome::api {

class rehearsals {
 public:
  static constexpr std::string_view title_mark = "[rehearsal] ";
  static constexpr std::string_view coupon_type = "REHEARSAL";
  /// From the answer to the opening, so that the page's countdown and "too early" are seen too.
  static constexpr std::chrono::seconds opens_after{3};
  /// From the opening to the end.
  static constexpr std::chrono::minutes stays_open{30};

  rehearsals(issuing::issuer& issuer, issuing::coupon_service& coupons, runtime::metrics& metrics,
             const runtime::clock& clock)
      : issuer_(issuer), coupons_(coupons), metrics_(metrics), clock_(clock) {}

  /// POST /v1/rehearsals. `on` and `origin_loop` are the exchange's. Answers 201 with the coupon; the crowd comes
  /// afterwards, and once: a key that comes again answers the coupon as it is now.
  async_answer begin(std::string_view body, actor by, std::optional<std::string_view> key_sent,
                     boost::asio::any_io_executor on, runtime::completion_queue& origin_loop, runtime::deadline until);

  /// The last one, as a JSON object; `{"running":false}` when there was none.
  std::string to_json() const;

  /// The node stops: the crowd leaves, and no other comes.
  void close();
  /// Nobody of the crowd is under way.
  bool quiet() const;

 private:
  class place;
  enum class admission : std::uint8_t { may_begin, repeats_the_running, another_runs, node_stops };
  admission enter(const std::optional<idempotency_key>& key);
  void leave_without_a_crowd();
  void send_crowd(const coupon& made, const rehearsal_wish& wish, boost::asio::any_io_executor on,
                  runtime::completion_queue& origin_loop);

  issuing::issuer& issuer_;
  issuing::coupon_service& coupons_;
  runtime::metrics& metrics_;
  const runtime::clock& clock_;

  mutable std::mutex lock_;  // guards what follows
  bool closed_ = false;
  bool being_made_ = false;               // the coupon, by who may then send a crowd
  std::string key_;                       // of the last one; empty: none was sent
  std::shared_ptr<made_up_crowd> crowd_;  // of the last one
};

}  // namespace firstcome::api
