#include "faults/steady_crowd.hpp"

#include <algorithm>
#include <utility>

#include "support/coupon_operations.hpp"
#include "support/http_client.hpp"

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto final_round_at_most = 20s;  // for those who know already
constexpr int sold_out_is_believed_after = 8;
constexpr int admitted = 202;  // and 201, in the ledger already; 200 is a yes that was given before

}  // namespace

steady_crowd::steady_crowd(shop& goods, const std::vector<std::uint16_t>& doors, const crowd_options& options,
                           std::function<void(const testing::issue_ask&)> on_coupon)
    : shop_(goods),
      options_(options),
      on_coupon_(std::move(on_coupon)),
      random_(options.seed),
      asking_(doors.size() * static_cast<std::size_t>(options.connections_each)),
      next_due_(clock::now()),
      last_success_(doors.size()) {
  thread_ = std::thread([this, doors] { run(doors); });
}

steady_crowd::~steady_crowd() {
  over_ = true;
  if (thread_.joinable()) thread_.join();
}

std::size_t steady_crowd::everybody_asks_again(std::chrono::milliseconds within) {
  ask_again_ = true;
  std::size_t left = 0;
  auto last_progress = clock::now();
  while (!done_ && clock::now() < last_progress + within) {
    if (std::exchange(left, unsettled_.load()) != unsettled_) last_progress = clock::now();
    if (final_round_ && unsettled_ == 0) last_progress = clock::now();
    std::this_thread::sleep_for(10ms);
  }
  over_ = true;
  thread_.join();
  return unsettled_;
}

void steady_crowd::run(const std::vector<std::uint16_t>& doors) {
  load::loop_options loop{.target = {"127.0.0.1", doors.at(0)},
                          .connections = static_cast<int>(asking_.size()),
                          .request_timeout_ns = options_.patience / 1ns,
                          .connect_patience_ns = INT64_MAX / 2,
                          .by_turns = true};
  for (std::size_t door = 1; door < doors.size(); ++door) loop.more_targets.push_back({"127.0.0.1", doors[door]});
  run_closed_loop(loop, *this);
}

bool steady_crowd::finished(load::instant_ns now) {
  if (ask_again_ && !final_round_) begin_final_round();
  if (!final_round_ || unsettled_ > 0) return false;
  if (testing::to_time(now) > final_round_until_) once_more_.clear();  // a machine that is busy with other things
  if (once_more_.empty() && in_flight_ == 0) done_ = true;
  return done_;
}

void steady_crowd::begin_final_round() {
  final_round_ = true;
  again_ = {};
  once_more_ = settled_;
  std::shuffle(once_more_.begin(), once_more_.end(), random_);
  std::size_t unsettled = 0;
  for (std::size_t who = 0; who < people_.size(); ++who) {
    if (people_[who].gone || people_[who].settled) continue;
    once_more_.push_back(who);  // taken from the back: they come first
    ++unsettled;
  }
  unsettled_ = unsettled;
  final_round_until_ = clock::now() + final_round_at_most;
}

std::optional<load::outgoing> steady_crowd::next(load::instant_ns at, const load::free_connection& on) {
  const auto now = testing::to_time(at);
  next_due_ = std::max(next_due_, now - 20ms);  // what could not be sent for want of connections is not made up for
  if (!final_round_ && next_due_ > now) return std::nullopt;
  const std::optional<std::size_t> who = next_person();
  if (!who) return std::nullopt;
  next_due_ += std::chrono::microseconds(1'000'000 / options_.asks_a_second);
  ++in_flight_;
  asking_[on.number] = {.who = *who, .door = on.target};
  const testing::issue_ask ask = ask_of(asking_[on.number]);
  bytes_ = testing::to_bytes(
      {.method = "POST", .target = testing::issues_path(ask.coupon), .body = testing::issue_body(ask.user)});
  const bool waits_long = on.number / last_success_.size() % 2 == 1;
  return load::outgoing{.bytes = bytes_,
                        .tag = on.number,
                        .patience_ns = (waits_long ? options_.long_patience : options_.patience) / 1ns};
}

testing::issue_ask steady_crowd::ask_of(const asking& from) const {
  return {people_[from.who].coupon, people_[from.who].user};
}

void steady_crowd::answered(const load::answer& a) {
  const asking& from = asking_[a.tag];
  hear(from, testing::heard_of(ask_of(from), a));
}

void steady_crowd::lost(std::uint64_t tag, load::instant_ns sent_at, load::instant_ns now) {
  const asking& from = asking_[tag];
  hear(from, testing::nothing_heard_of(ask_of(from), sent_at, now));
}

std::optional<std::size_t> steady_crowd::next_person() {
  if (!again_.empty() && again_.top().first <= clock::now()) {
    const std::size_t who = again_.top().second;
    again_.pop();
    return who;
  }
  if (final_round_) {
    if (once_more_.empty()) return std::nullopt;
    const std::size_t who = once_more_.back();
    once_more_.pop_back();
    return who;
  }
  const std::uint64_t draw = random_() % 100;
  if (draw < 12 && !settled_.empty()) return settled_[random_() % settled_.size()];
  if (draw < 15 && !people_.empty() && !people_.back().gone) return people_.size() - 1;  // perhaps twice at once
  return somebody_new();
}

/// Mostly for the coupon that is being issued; some for the next one, and some come too late.
std::optional<std::size_t> steady_crowd::somebody_new() {
  const std::uint64_t draw = random_() % 10;
  const std::size_t now = shop_.sold_out;
  const std::size_t from = draw == 0 && now > 0 ? now - 1 - random_() % std::min<std::size_t>(now, 3) : now;
  const std::vector<std::int64_t> coupons = shop_.coupons_from(from);
  if (coupons.empty()) return std::nullopt;
  const std::int64_t coupon = draw >= 8 && coupons.size() > 1 ? coupons[1] : coupons[0];
  people_.push_back(
      {.coupon = coupon, .user = static_cast<std::int64_t>(people_.size()) + 1, .impatient = random_() % 20 == 0});
  return people_.size() - 1;
}

void steady_crowd::hear(const asking& from, const testing::issue_answer& answer) {
  person& who = people_[from.who];
  --in_flight_;
  history_.push_back({answer, from.door});
  const bool decided = answer.yes() || answer.code == "sold_out" || answer.code == "returned";
  if (decided) return settle(who, answer, from.door);
  if (who.settled || who.gone) return;
  const bool unheard = answer.status == 0 || answer.status == 503;
  if (who.impatient && unheard && !final_round_)
    who.gone = true;
  else
    ask_later(from.who, unheard ? 400 : 1'000);
}

void steady_crowd::settle(person& who, const testing::issue_answer& answer, std::size_t door) {
  if (answer.status == admitted || answer.status == admitted - 1) {
    last_success_[door] = std::max(last_success_[door].load(), answer.invoked);
    on_coupon_(answer.ask);
  }
  if (answer.code == "sold_out" && !final_round_) {
    const std::vector<std::int64_t> current = shop_.coupons_from(shop_.sold_out);
    if (!current.empty() && current.front() == who.coupon && ++sold_out_heard_ >= sold_out_is_believed_after) {
      sold_out_heard_ = 0;
      ++shop_.sold_out;
    }
  }
  if (who.settled || who.gone) return;
  who.settled = true;
  if (final_round_)
    --unsettled_;
  else
    settled_.push_back(static_cast<std::size_t>(&who - people_.data()));
}

void steady_crowd::ask_later(std::size_t who, std::uint64_t ms_max) {
  again_.emplace(clock::now() + std::chrono::milliseconds(20 + random_() % ms_max), who);
}

}  // namespace firstcome::faults
