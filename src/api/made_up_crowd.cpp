#include "api/made_up_crowd.hpp"

#include <algorithm>

#include "runtime/log.hpp"

namespace firstcome::api {
namespace {

constexpr std::chrono::seconds answer_within{5};  // as a request's deadline usually is

/// A page would ask again: the outcome is unknown, or surely not yet a no.
bool asks_again(const result<issue_decision>& answer) {
  return !answer || answer->what == verdict::not_started;
}

}  // namespace

/// One request under way. Destroyed by the crowd when it is heard.
class made_up_crowd::asker final : public issuing::issue_call {
 public:
  asker(made_up_crowd& crowd, std::size_t place, std::int32_t nth, monotonic now)
      : issue_call(crowd.context_.origin_loop, crowd.coupon_, user_id{user_first + nth},
                   runtime::deadline::after(answer_within, now)),
        crowd_(crowd),
        place_(place),
        nth_(nth),
        asked_at_(now) {}

  void on_answer() override {
    const result<issue_decision> heard = answer;
    crowd_.hear(place_, heard, crowd_.context_.clock.monotonic_now() - asked_at_);  // it is gone after this
  }
  std::int32_t nth() const { return nth_; }

 private:
  made_up_crowd& crowd_;
  const std::size_t place_;
  const std::int32_t nth_;
  const monotonic asked_at_;
};

made_up_crowd::made_up_crowd(const context& context, coupon_id coupon, std::int32_t users, std::chrono::seconds over)
    : context_(context),
      coupon_(coupon),
      users_(users),
      spread_(std::max(over, std::chrono::seconds(1))),
      timer_(context.executor),
      began_(context.clock.monotonic_now()),
      under_way_(under_way_max) {
  for (std::size_t place = under_way_max; place > 0; --place) free_.push_back(place - 1);
}

made_up_crowd::~made_up_crowd() = default;

void made_up_crowd::come() {
  arm();
}

// Also while the last of them are only waited for: an armed timer keeps the loop from its end, and holds the crowd.
void made_up_crowd::arm() {
  timer_.expires_after(between_turns);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
    self->run_once();
    if (!self->is_over()) self->arm();
  });
}

void made_up_crowd::run_once() {
  const monotonic now = context_.clock.monotonic_now();
  for (int asked = 0; asked < asks_a_turn_max && !free_.empty() && now >= pause_until_; ++asked) {
    const std::optional<std::int32_t> user = next(now);
    if (!user) break;
    ask(*user, now);
  }
  end_if_done(now);
}

/// Who asks again goes first.
std::optional<std::int32_t> made_up_crowd::next(monotonic now) {
  if (leaving_.load(std::memory_order_relaxed)) return std::nullopt;
  if (!again_.empty() && again_.front().due <= now) {
    const std::int32_t user = again_.front().user;
    again_.pop_front();
    return user;
  }
  const auto due = static_cast<double>(users_) * std::chrono::duration<double>(now - began_).count() /
                   std::chrono::duration<double>(spread_).count();
  if (came_ == users_ || static_cast<double>(came_) >= due) return std::nullopt;
  return came_++;
}

void made_up_crowd::ask(std::int32_t user, monotonic now) {
  const std::size_t place = free_.back();
  free_.pop_back();
  under_way_[place] = std::make_unique<asker>(*this, place, user, now);
  asker& one = *under_way_[place];
  if (context_.issuer.issue(one)) one.on_answer();
}

void made_up_crowd::hear(std::size_t place, const result<issue_decision>& answer, std::chrono::nanoseconds took) {
  const std::int32_t user = under_way_[place]->nth();
  under_way_[place].reset();
  free_.push_back(place);
  if (answer) {
    context_.metrics.count_issue(answer->what, took);
  } else {
    context_.metrics.count_issue_failure(answer.error() == errc::overloaded ? errc::overloaded : errc::unavailable,
                                         took);
  }
  const monotonic now = context_.clock.monotonic_now();
  if (!asks_again(answer)) {
    answered_.fetch_add(1, std::memory_order_relaxed);
    if (is_yes(answer->what)) admitted_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  again_.push_back({user, now + asks_again_after});
  if (!answer) pause_until_ = now + asks_again_after;  // real users first
}

void made_up_crowd::end_if_done(monotonic now) {
  if (over_.load(std::memory_order_relaxed)) return;
  if (now - began_ > spread_ + patience) leave();
  const bool nobody_comes = leaving_.load(std::memory_order_relaxed) || (came_ == users_ && again_.empty());
  if (!nobody_comes || free_.size() != under_way_max) return;
  runtime::log::write(
      spdlog::level::info, "the made-up crowd of a rehearsal has gone",
      {{"coupon", raw(coupon_)}, {"users", users_}, {"answered", answered()}, {"admitted", admitted()}});
  over_.store(true, std::memory_order_release);
}

}  // namespace firstcome::api
