#pragma once

// Coupons as a node knows them, in two levels: its own memory, and one that all nodes share. For whoever looks at the
// coupon before the gate decides.
//
//   - filled by the first request; not refreshed while the coupon can still be issued;
//   - refreshed in both levels when a request finds it sold out or outside its window: once for each such finding, not
//     once for each request, because from then on the crowd comes;
//   - one loader for each coupon at a time (single flight): the others wait for what it brings;
//   - ids that nobody knows are remembered too, for a moment; the oldest entries make room for new ones;
//   - a coupon that an operator changed is dropped on every node by a message. A message may be lost: so an entry lives
//     a short time only, and then the shared level is asked again.
//
// Thread safety: any thread.

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "domain/coupon.hpp"
#include "runtime/clock.hpp"

namespace firstcome::issuing {

struct cached_coupon {
  std::optional<coupon> what;  // absent: there is no such coupon
  bool gone = false;           // the gate said that its quantity is
  /// The state that was found when it was last refreshed.
  coupon_state refreshed_as = coupon_state::open;

  /// `what` is there.
  coupon_state state(timestamp now) const;
};

/// Where the cache gets coupons from: one thread's connections. Blocking; the functions may throw.
class coupon_sources {
 public:
  virtual ~coupon_sources() = default;
  virtual std::optional<cached_coupon> find_shared(coupon_id id) = 0;
  virtual void share(coupon_id id, const cached_coupon& value) = 0;
  virtual void unshare(coupon_id id) = 0;
  /// From the ledger.
  virtual std::optional<coupon> load(coupon_id id) = 0;
};

class coupon_cache {
 public:
  struct options {
    std::chrono::milliseconds lives{1000};
    std::chrono::milliseconds unknown_lives{1000};
    std::size_t entries_max = 10'000;
  };

  explicit coupon_cache(const runtime::clock& clock) : coupon_cache(clock, options{}) {}
  coupon_cache(const runtime::clock& clock, options with) : clock_(clock), options_(with) {}

  /// Throws what `from` throws; those who waited for the same coupon, too.
  cached_coupon get(coupon_id id, coupon_sources& from);

  /// The gate refused somebody because this many are given out. The next `get` refreshes.
  void note_gone(coupon_id id, std::optional<std::int32_t> total_quantity);

  /// It was changed: the next `get` asks the shared level.
  void drop(coupon_id id);
  /// Messages may have been missed.
  void drop_all();

  std::size_t size() const;

 private:
  struct entry {
    coupon_id id{};
    cached_coupon value;
    monotonic good_until;
  };
  struct flight {
    bool outdated = false;  // changed while it was loaded
    bool done = false;
    std::condition_variable landed;
  };
  using entries = std::list<entry>;  // the latest used first

  entry* find(coupon_id id, monotonic now);
  bool wants_refresh(const cached_coupon& value) const;
  std::optional<cached_coupon> fly(coupon_id id, coupon_sources& from, std::unique_lock<std::mutex>& locked);
  cached_coupon fetch(coupon_id id, const std::optional<cached_coupon>& before, coupon_sources& from) const;
  cached_coupon refreshed(coupon_id id, const std::optional<cached_coupon>& before, coupon_sources& from) const;
  void keep(coupon_id id, const cached_coupon& value);
  void erase(coupon_id id);

  const runtime::clock& clock_;
  const options options_;
  mutable std::mutex lock_;  // guards what follows; never held while something is loaded
  entries entries_;
  std::unordered_map<coupon_id, entries::iterator> by_id_;
  std::unordered_map<coupon_id, std::shared_ptr<flight>> flights_;
};

}  // namespace firstcome::issuing
