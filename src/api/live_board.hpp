#pragma once

// What the crowd's pages ask every second, from memory: at most one look a second at a coupon, whoever asks and however
// often. The admissions a second come from two looks.
// Thread safety: any thread. Bounded: `coupons_max` coupons; the one looked at longest ago makes room.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/backlog_watch.hpp"
#include "api/coupon_handlers.hpp"
#include "issuing/coupon_service.hpp"
#include "runtime/clock.hpp"

namespace firstcome::api {

class live_board {
 public:
  static constexpr std::size_t coupons_max = 1024;
  static constexpr std::chrono::milliseconds fresh_for{1000};
  /// What nobody has looked at for so long is no news any more.
  static constexpr std::chrono::seconds shown_for{60};

  live_board(issuing::coupon_service& coupons, const runtime::clock& clock) : coupons_(coupons), clock_(clock) {}

  /// GET /v1/coupons/{id}/live
  async_answer show(coupon_id id, runtime::deadline until);
  /// The coupons that were looked at in the last minute as JSON's members of an array, each with the age of its
  /// figures. Where the rows are behind the gate, `backlogs` is asked how far and why; it looks on `on`.
  std::string to_json(backlog_watch& backlogs, const boost::asio::any_io_executor& on) const;

 private:
  struct entry {
    coupon seen;
    monotonic seen_at{};
    double admitted_per_second = 0;
    bool being_looked_at = false;
  };
  /// That this many were in was first seen then.
  struct mark {
    sequence_number taken = 0;
    monotonic at{};
  };
  struct watched : entry {
    std::vector<mark> marks = {};  // ascending; of those whose rows were not seen yet
  };

  static void set_marks(watched& one);
  static void append_queue(std::string& out, const watched& one, const std::optional<backlog_watch::seen>& known,
                           monotonic now);

  /// What is fresh enough to show without another look; marks the entry as being looked at when nothing is.
  std::optional<entry> fresh(coupon_id id);
  entry put(const coupon& seen);
  void forget_look(coupon_id id, bool gone);

  issuing::coupon_service& coupons_;
  const runtime::clock& clock_;
  mutable std::mutex lock_;
  std::map<std::int64_t, watched> entries_;
};

}  // namespace firstcome::api
