#pragma once

// When something has to be over. A deadline is set once, where a request or a job begins, and handed down as it is: a
// layer that counted a duration of its own from where it begins would go on when nobody waits any more. A layer that
// grants less time than it was given takes the earlier of the two.
//
// It counts on the steady clock. Each question takes the time or reads it; `never` reads no clock. Thread safety:
// values.

#include <algorithm>
#include <chrono>
#include <compare>

#include "domain/error.hpp"
#include "domain/time.hpp"

namespace firstcome::runtime {

class deadline {
 public:
  using milliseconds = std::chrono::milliseconds;

  constexpr explicit deadline(monotonic at) : at_(at) {}
  static constexpr deadline never() { return deadline(monotonic::max()); }
  /// A duration that is longer than the clock counts is for ever.
  static constexpr deadline after(std::chrono::nanoseconds duration, monotonic now) {
    return duration < monotonic::max() - now ? deadline(now + duration) : never();
  }
  static deadline after(milliseconds duration) {
    const bool counts = duration < std::chrono::floor<milliseconds>(std::chrono::nanoseconds::max());
    return counts ? after(duration, std::chrono::steady_clock::now()) : never();
  }

  constexpr bool is_never() const { return at_ == monotonic::max(); }
  constexpr monotonic at() const { return at_; }

  constexpr bool passed(monotonic now) const { return !is_never() && at_ <= now; }
  bool passed() const { return !is_never() && passed(std::chrono::steady_clock::now()); }

  /// Rounded up, so that who waits for so long has not waited too short; 0 once it has passed.
  constexpr milliseconds left(monotonic now) const {
    if (is_never()) return milliseconds::max();
    return at_ <= now ? milliseconds(0) : std::chrono::ceil<milliseconds>(at_ - now);
  }
  milliseconds left() const { return is_never() ? milliseconds::max() : left(std::chrono::steady_clock::now()); }

  /// An earlier deadline that reserves time for the caller.
  constexpr deadline sooner_by(std::chrono::nanoseconds share) const {
    return is_never() ? *this : deadline(at_ - share);
  }

  friend constexpr auto operator<=>(const deadline&, const deadline&) = default;

 private:
  monotonic at_;
};

constexpr deadline earlier(deadline a, deadline b) {
  return std::min(a, b);
}
constexpr deadline later(deadline a, deadline b) {
  return std::max(a, b);
}

/// It was too late to begin: what was asked for is surely not done. (What is under way when the deadline passes fails
/// as `store_unavailable` does: unknown.)
class deadline_passed : public store_unavailable {
 public:
  using store_unavailable::store_unavailable;
};

/// Whoever lends such an object sets the deadline of its calls. A call that begins too late throws deadline_passed; one
/// that is cut short throws store_unavailable. Thread safety: that of the class.
class waits_until {
 public:
  virtual ~waits_until() = default;
  deadline until() const { return until_; }
  virtual void until(deadline last) { until_ = last; }

 protected:
  waits_until() = default;
  waits_until(const waits_until&) = default;
  waits_until& operator=(const waits_until&) = default;

 private:
  deadline until_ = deadline::never();
};

/// For as long as it lives somebody waits for no deadline: what was begun for everybody is not cut short because the
/// one who began it gave up.
class without_deadline {
 public:
  explicit without_deadline(waits_until& who) : who_(who), before_(who.until()) { who_.until(deadline::never()); }
  without_deadline(const without_deadline&) = delete;
  without_deadline& operator=(const without_deadline&) = delete;
  ~without_deadline() { who_.until(before_); }

 private:
  waits_until& who_;
  const deadline before_;
};

}  // namespace firstcome::runtime
