#include "lab/experiment/crowd.hpp"

#include <algorithm>

namespace firstcome::lab {
namespace {

constexpr load::instant_ns pause_before_asking_again_ns = 20'000'000;
constexpr load::instant_ns progress_interval_ns = 100'000'000;
constexpr int attempts_max = 200;

}  // namespace

crowd::crowd(const crowd_options& options, std::function<void(double)> on_progress)
    : options_(options),
      on_progress_(std::move(on_progress)),
      text_("127.0.0.1", "/v1/coupons/" + std::to_string(options.coupon) + "/issues", R"({"userId":@})"),
      began_at_(load::now_ns()),
      user_resolved_(static_cast<std::size_t>(options.users) + 1) {}

/// Users in order, each twentieth twice in a row: the next connection that is free takes the second asking.
std::int64_t crowd::user_of(std::int64_t place) const {
  place %= askings();
  const std::int64_t group = place / (twice_every + 1), within = place % (twice_every + 1);
  return std::min(options_.users, group * twice_every + std::min(within, twice_every - 1) + 1);
}

std::optional<load::outgoing> crowd::next(load::instant_ns now, const load::free_connection&) {
  asking who{};
  const bool goes_on = static_cast<double>(now - began_at_) / 1e9 < options_.duration_s;
  if (!again_.empty() && again_.front().due_at <= now) {
    who = again_.front();
    again_.pop_front();
  } else if (begun_ < askings() || goes_on) {
    who = {.user = user_of(begun_++), .attempt = 1, .due_at = now};
  } else {
    return std::nullopt;
  }
  if (free_tags_.empty()) {
    free_tags_.push_back(under_way_.size());
    under_way_.emplace_back();
  }
  const std::uint64_t tag = free_tags_.back();
  free_tags_.pop_back();
  under_way_[tag] = who;
  return load::outgoing{.bytes = text_.for_user(who.user), .tag = tag};
}

void crowd::answered(const load::answer& a) {
  latency_ns_.record(a.received_at - a.sent_at);
  ++answers_;
  const std::int64_t user = under_way_[a.tag].user;
  if (a.status == 503) {
    ++unavailable_;
    return ask_again(a.tag, a.received_at);
  }
  if (a.status == 200 || a.status == 201 || a.status == 202) {
    if (accepted_.insert(user).second) last_acceptance_ = a.received_at;
  } else if (a.status != 409) {
    ++strange_;
  }
  free_tags_.push_back(a.tag);
  ++resolved_;
  resolve(user);
}

void crowd::lost(std::uint64_t tag, load::instant_ns, load::instant_ns now) {
  ++unavailable_;
  ask_again(tag, now);
}

void crowd::resolve(std::int64_t user) {
  const auto at = static_cast<std::size_t>(user);
  if (user_resolved_[at]) return;
  user_resolved_[at] = true;
  ++resolved_users_;
}

void crowd::ask_again(std::uint64_t tag, load::instant_ns now) {
  const asking& who = under_way_[tag];
  free_tags_.push_back(tag);
  if (who.attempt >= attempts_max) {
    ++resolved_;
    return;
  }
  again_.push_back({.user = who.user, .attempt = who.attempt + 1, .due_at = now + pause_before_asking_again_ns});
}

bool crowd::finished(load::instant_ns now) {
  const double elapsed_s = static_cast<double>(now - began_at_) / 1e9;
  const double first_pass = static_cast<double>(std::min(resolved_, askings())) / static_cast<double>(askings());
  if (now >= next_progress_at_) {
    next_progress_at_ = now + progress_interval_ns;
    on_progress_(options_.duration_s > 0 ? std::min(first_pass, elapsed_s / options_.duration_s) : first_pass);
  }
  return resolved_ >= askings() && resolved_ == begun_ && elapsed_s >= options_.duration_s;
}

}  // namespace firstcome::lab
