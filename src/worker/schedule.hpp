#pragma once

// What a worker's threads do next: look after a coupon, or read a page of the ledger for coupons that need it. Those
// for whom somebody waits (a message woke them, or they are live and something is wrong) come before those that ended;
// neither starves the other. A coupon is in the hands of one thread at a time; who is woken meanwhile is looked at
// again. After a failure it is parked, longer each time.
//
// Invariants: a coupon that is known is queued once, taken, or parked. A woken one that is not parked is handed out
// after at most `turns_max(woken ahead of it)` turns, however many others there are. Pure: time is handed in.
// Thread safety: none.

#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "domain/ids.hpp"
#include "domain/time.hpp"
#include "worker/scan_pass.hpp"

namespace firstcome::worker {

class schedule {
 public:
  static constexpr std::chrono::milliseconds pause_min{50};
  static constexpr std::chrono::milliseconds pause_max{5000};
  static constexpr std::chrono::milliseconds watch_interval{100};
  /// After this many woken coupons in a row another coupon gets its turn, if one waits.
  static constexpr std::size_t woken_in_a_row_max = 8;
  /// Batches that a thread moves of one coupon while others wait.
  static constexpr std::size_t quantum_batches = 4;

  static constexpr std::size_t turns_max(std::size_t ahead) {
    return 2 * (ahead + 1) + (ahead + 1) / woken_in_a_row_max + 2;  // each with a live scan before it, and the others
  }

  explicit schedule(scan_pass::options live = live_scan_usual, scan_pass::options ended = ended_scan_usual)
      : live_(live), ended_(ended) {}
  schedule(const schedule&) = delete;

  enum class work {
    nothing,  // until next_due, or a message
    coupon,
    live_scan,   // a page of the coupons whose queue may grow, from `after` on
    ended_scan,  // a page of the others
  };
  struct task {
    work what = work::nothing;
    coupon_id coupon{};
    coupon_id after{};
  };
  task next(monotonic now);

  /// Somebody waits for the ledger. Does not shorten a pause.
  void wake(coupon_id coupon, monotonic now);
  /// A look would be good; nobody waits. Nothing is done for one that is known already.
  void find(coupon_id coupon);

  enum class result {
    drained,  // nothing is left
    more,     // there may be more
    failed,   // to be looked at again after a pause
    watched,  // nothing failed, and nothing can be done yet: to be looked at again soon
  };
  void give_back(coupon_id coupon, result how, monotonic now);
  /// `last`: of a full page; nothing: the pass is at its end.
  void scanned(work which, std::optional<coupon_id> last, monotonic now);
  void scan_failed(work which, monotonic now);

  /// Messages may have been lost: all is scanned from the beginning, at once.
  void scan_soon();
  void stop_scanning() { scanning_ = false; }

  /// Whether who has moved so many batches of a coupon leaves the rest for another turn.
  bool should_yield(std::size_t batches, monotonic now) const;

  /// When a parked coupon, or a scan, is due; nothing: never.
  std::optional<monotonic> next_due() const;
  std::size_t waiting() const { return woken_.size() + found_.size(); }
  /// Queued, taken, parked.
  std::size_t known() const { return known_.size(); }

 private:
  using run_queue = std::list<coupon_id>;
  struct state {
    run_queue* queued = nullptr;
    run_queue::iterator place;
    bool taken = false;
    bool parked = false;
    bool urgent = false;  // somebody waits for it
    bool woken_meanwhile = false;
    int failures = 0;
  };
  struct parked_coupon {
    monotonic until;
    coupon_id coupon;
    bool operator>(const parked_coupon& other) const { return until > other.until; }
  };

  void queue(coupon_id coupon, state& s);
  void park(coupon_id coupon, state& s, monotonic until);
  void unpark_due(monotonic now);
  task take_from(run_queue& from);
  scan_pass& pass_of(work which) { return which == work::live_scan ? live_ : ended_; }

  run_queue woken_;
  run_queue found_;
  std::priority_queue<parked_coupon, std::vector<parked_coupon>, std::greater<>> parked_;
  std::unordered_map<coupon_id, state> known_;
  scan_pass live_;
  scan_pass ended_;
  bool scanning_ = true;
  bool scanned_last_ = false;  // the last turn was a live scan
  bool paged_last_ = false;    // the last turn of the others was a scan
  std::size_t woken_in_a_row_ = 0;
};

}  // namespace firstcome::worker
