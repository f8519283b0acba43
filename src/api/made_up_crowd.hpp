#pragma once

// The users of a rehearsal, who are nobody: they ask for one coupon, spread over some seconds, and ask again where a
// real page would. They come in by the issuer, which is behind the token and the socket: everything that decides, and
// everything that is counted, is the real thing.
//
// They give way: few of them are under way at a time, a turn is short, and when the node says "overloaded" all of them
// rest for a second. Their ids are from a range of their own (`user_first` and up), which no sequence reaches and which
// a JavaScript number holds.
//
// Thread safety: everything happens on the thread behind `origin_loop`; `leave` and the questions may come from any
// thread. A crowd that came is alive until it is over: its timer holds it.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "issuing/issuer.hpp"
#include "runtime/clock.hpp"
#include "runtime/metrics.hpp"

namespace firstcome::api {

class made_up_crowd final : public std::enable_shared_from_this<made_up_crowd> {
 public:
  /// The first of them; the n-th has this id and n - 1 more.
  static constexpr std::int64_t user_first = 9'007'199'254'000'001;
  static constexpr std::size_t under_way_max = 64;
  static constexpr int asks_a_turn_max = 500;
  static constexpr std::chrono::milliseconds between_turns{10};
  static constexpr std::chrono::milliseconds asks_again_after{1000};
  /// The crowd leaves this long after its last member was to come; whoever has no answer by then gets none.
  static constexpr std::chrono::seconds patience{60};

  struct context {
    issuing::issuer& issuer;
    runtime::metrics& metrics;
    const runtime::clock& clock;
    runtime::completion_queue& origin_loop;
    boost::asio::any_io_executor executor;  // of the same thread
  };
  /// `users`: at least one.
  made_up_crowd(const context& context, coupon_id coupon, std::int32_t users, std::chrono::seconds over);
  ~made_up_crowd();

  /// Once: from then on it runs by itself. On the thread behind `origin_loop`.
  void come();
  /// What a timer does: asks for whom it is time. For tests, on the same thread.
  void run_once();
  /// Nobody asks any more; who is under way is waited for. Any thread.
  void leave() { leaving_.store(true, std::memory_order_relaxed); }

  /// Nobody of them is under way, nor will be.
  bool is_over() const { return over_.load(std::memory_order_acquire); }
  /// How many heard a yes, and how many an answer that stays.
  std::int32_t admitted() const { return admitted_.load(std::memory_order_relaxed); }
  std::int32_t answered() const { return answered_.load(std::memory_order_relaxed); }
  std::int32_t users() const { return users_; }
  coupon_id coupon() const { return coupon_; }

 private:
  class asker;
  struct waiting {
    std::int32_t user;  // the n-th, from 0
    monotonic due;
  };

  void arm();
  std::optional<std::int32_t> next(monotonic now);
  void ask(std::int32_t user, monotonic now);
  void hear(std::size_t place, const result<issue_decision>& answer, std::chrono::nanoseconds took);
  void end_if_done(monotonic now);

  const context context_;
  const coupon_id coupon_;
  const std::int32_t users_;
  const std::chrono::seconds spread_;
  boost::asio::steady_timer timer_;

  monotonic began_{};
  monotonic pause_until_{};
  std::int32_t came_ = 0;
  std::deque<waiting> again_;                      // by `due`
  std::vector<std::unique_ptr<asker>> under_way_;  // a place is empty when nobody is there
  std::vector<std::size_t> free_;                  // empty places

  std::atomic<bool> leaving_{false};
  std::atomic<bool> over_{false};
  std::atomic<std::int32_t> admitted_{0};
  std::atomic<std::int32_t> answered_{0};
};

}  // namespace firstcome::api
