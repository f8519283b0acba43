#include "burst/crowd.hpp"

#include <charconv>

#include "load/user_ids.hpp"

namespace firstcome::burst {
namespace {

using auditor::outcome;

constexpr load::instant_ns pause_before_asking_again_ns = 50'000'000;
constexpr std::uint64_t return_bit = std::uint64_t{1} << 63;  // of a tag
constexpr load::instant_ns progress_interval_ns = 100'000'000;

std::int32_t sequence_in(std::string_view body) {
  constexpr std::string_view name = "\"sequence\":";
  std::int32_t sequence = 0;
  const std::size_t at = body.find(name);
  if (at != body.npos) std::from_chars(body.data() + at + name.size(), body.data() + body.size(), sequence);
  return sequence;
}

std::string_view code_in(std::string_view body) {
  constexpr std::string_view name = "\"code\":\"";
  const std::size_t at = body.find(name);
  if (at == body.npos) return {};
  body.remove_prefix(at + name.size());
  return body.substr(0, body.find('"'));
}

outcome refusal_of(std::string_view code) {
  if (code == "sold_out") return outcome::sold_out;
  if (code == "not_started") return outcome::not_started;
  if (code == "ended") return outcome::ended;
  if (code == "paused") return outcome::paused;
  return outcome::refused;
}

outcome outcome_of(int status, std::string_view body) {
  if (status == 200 || status == 201 || status == 202) return outcome::yes;
  if (status == 409) return refusal_of(code_in(body));
  if (status == 503) return code_in(body) == "overloaded" ? outcome::overloaded : outcome::unknown;
  return outcome::refused;
}

}  // namespace

crowd::crowd(const std::string& host, const crowd_options& options, std::function<void(double)> on_progress)
    : options_(options),
      text_(host, "/v1/coupons/" + std::to_string(options.coupon) + "/issues", R"({"userId":@})"),
      on_progress_(std::move(on_progress)),
      host_(host) {
  history_.reserve(options.users * static_cast<std::uint64_t>(options.repeat) * 2);
  attempts_.reserve(history_.capacity());
}

std::optional<load::outgoing> crowd::next(load::instant_ns now, const load::free_connection&) {
  if (!to_return_.empty() && to_return_.front().due_at <= now) {
    const giving_back who = to_return_.front();
    to_return_.pop_front();
    return ask_to_return(who, now);
  }
  asking who{};
  if (started_ < options_.users * static_cast<std::uint64_t>(options_.repeat)) {
    // The askings of one user follow each other, so that they leave on different connections at the same time.
    const std::uint64_t user = started_++ / static_cast<std::uint64_t>(options_.repeat);
    who = {.user = load::random_user(options_.seed, user), .attempt = 1, .due_at = now};
  } else if (!again_.empty() && again_.front().due_at <= now) {
    who = again_.front();
    again_.pop_front();
  } else {
    return std::nullopt;
  }
  history_.push_back({.user = who.user, .invoked_at = now});
  attempts_.push_back(who.attempt);
  return load::outgoing{.bytes = text_.for_user(who.user), .tag = history_.size() - 1};
}

load::outgoing crowd::ask_to_return(giving_back who, load::instant_ns now) {
  constexpr std::string_view body = R"({"reason":"given back by the burst"})";
  if (who.attempt++ == 0) {
    who.at = returns_.size();
    returns_.push_back({.invoked_at = now});
  }
  returning_.push_back(who);
  return_bytes_ = "POST /v1/coupons/" + std::to_string(options_.coupon) + "/issues/" + std::to_string(who.user) +
                  "/return HTTP/1.1\r\nHost: " + host_ +
                  "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
                  std::string(body);
  return {.bytes = return_bytes_, .tag = return_bit | (returning_.size() - 1)};
}

void crowd::return_answered(const load::answer& a) {
  if (a.status == 503) return return_again(a.tag, a.received_at);
  ++returns_resolved_;
  if (a.status != 200) {
    ++heard_.strange;
    return;
  }
  ++heard_.returned;
  returns_[returning_[a.tag & ~return_bit].at].answered_at = a.received_at;
}

void crowd::return_again(std::uint64_t tag, load::instant_ns now) {
  giving_back who = returning_[tag & ~return_bit];
  if (who.attempt >= options_.attempts_max) {
    ++heard_.given_up;
    ++returns_resolved_;
    return;
  }
  who.due_at = now + pause_before_asking_again_ns;
  to_return_.push_back(who);
}

bool crowd::gives_back(std::int64_t user) const {
  return static_cast<int>(load::random_user(options_.seed, static_cast<std::uint64_t>(user)) % 100) <
         options_.returns_percent;
}

void crowd::answered(const load::answer& a) {
  if ((a.tag & return_bit) != 0) return return_answered(a);
  latency_ns_.record(a.received_at - a.sent_at);
  auditor::request& asked = history_[a.tag];
  asked.answered_at = a.received_at;
  asked.what = outcome_of(a.status, a.body);
  switch (asked.what) {
    case outcome::yes:
      asked.sequence = sequence_in(a.body);
      if (winners_.insert(asked.user).second) {
        ++(a.status != 200 ? heard_.admitted : heard_.already);
        if (gives_back(asked.user)) to_return_.push_back({.user = asked.user, .due_at = a.received_at});
      } else {
        ++heard_.already;
      }
      break;
    case outcome::sold_out:
      ++heard_.sold_out;
      break;
    case outcome::not_started:
    case outcome::ended:
    case outcome::paused:
    case outcome::returned:
    case outcome::refused:
      ++(a.status == 409 ? heard_.refused : heard_.strange);
      break;
    case outcome::overloaded:
      ++heard_.overloaded;
      return ask_again(a.tag, a.received_at);
    case outcome::unknown:
      ++heard_.unknown;
      return ask_again(a.tag, a.received_at);
  }
  ++resolved_;
}

void crowd::lost(std::uint64_t tag, load::instant_ns, load::instant_ns now) {
  if ((tag & return_bit) != 0) return return_again(tag, now);
  history_[tag].answered_at = now;
  history_[tag].what = outcome::unknown;
  ++heard_.unknown;
  ask_again(tag, now);
}

void crowd::ask_again(std::uint64_t tag, load::instant_ns now) {
  if (attempts_[tag] >= options_.attempts_max) {
    ++heard_.given_up;
    ++resolved_;
    return;
  }
  again_.push_back(
      {.user = history_[tag].user, .attempt = attempts_[tag] + 1, .due_at = now + pause_before_asking_again_ns});
}

bool crowd::finished(load::instant_ns now) {
  const std::uint64_t askings = options_.users * static_cast<std::uint64_t>(options_.repeat);
  if (now >= next_progress_at_) {
    next_progress_at_ = now + progress_interval_ns;
    on_progress_(static_cast<double>(resolved_) / static_cast<double>(askings));
  }
  return resolved_ == askings && to_return_.empty() && returns_resolved_ == returns_.size();
}

}  // namespace firstcome::burst
