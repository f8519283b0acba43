#include "support/overload_trial.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <set>

#include "runtime/machine.hpp"
#include "support/coupon_operations.hpp"

namespace firstcome::testing {
namespace {

using load::heard;

constexpr int connections = 4000;  // more than the queue could serve before its deadline
constexpr std::int64_t mebibyte = 1 << 20;
constexpr std::int64_t bytes_per_connection = 24 * 1024;  // under AddressSanitizer
constexpr double noise_ms = 2000;                         // a busy machine may keep a process off its cores for so long
constexpr double waited_share_max = 0.3;  // ready, and no core: past this, it is the machine that is judged
constexpr int trials_max = 2;
constexpr load::instant_ns herd_patience_ns = 60'000'000'000;

void print(const load::overload_figures& of) {
  std::cout << "peak " << of.peak_per_s << "/s, again " << of.peak_again_per_s << "/s; offered " << of.offered_per_s
            << "/s: accepted " << of.accepted_per_s << "/s (p50 " << of.accepted.p50 << ", p99 " << of.accepted.p99
            << " ms), refused " << of.refused_per_s << "/s (p50 " << of.refused.p50 << ", p99 " << of.refused.p99
            << " ms), unknown " << of.unknown << ", unsent " << of.unsent << "; of the peak " << of.of_peak
            << "; slowest " << of.slowest_answer_ms << " ms; memory " << of.rss_at_peak / mebibyte << ", "
            << of.rss_first_half / mebibyte << ", " << of.rss_second_half / mebibyte << " MiB; normal p50 "
            << of.normal.p50 << " ms, again after " << of.normal_after_ms << " ms; waited for a core "
            << of.waited_share << " of the time\n";
}

std::string code_of(const heard& one) {
  if (one.status == 503) return one.surely_not ? "overloaded" : "unavailable";
  return {};
}

std::size_t users_served(const std::vector<heard>& said) {
  std::set<std::int64_t> served;
  for (const heard& one : said)
    if (one.yes()) served.insert(one.user);
  return served.size();
}

}  // namespace

void slow_node::keep_folders_in_memory() {
  std::error_code none;
  const auto memory = std::filesystem::space("/dev/shm", none);
  if (!none && memory.available > 1024 * mebibyte) setenv("TMPDIR", "/dev/shm", 1);
}

std::vector<std::string> slow_node::flags() {
  return {"--threads", "1", "--request-timeout-ms", std::to_string(deadline.count())};
}

std::map<std::string, std::string> slow_node::environment() {
  return {{"FIRSTCOME_TEST_BATCH_MAX", std::to_string(batch_max)}, {"ASAN_OPTIONS", "quarantine_size_mb=4"}};
}

void overload_trial::expect_bears_overload(std::chrono::seconds time) {
  for (int attempt = 1; attempt <= trials_max && !speed_was_checked_; ++attempt) {
    const load::overload_figures figures = overload_once(time);
    expect_bounded(figures);
    if (figures.waited_share > waited_share_max) continue;
    speed_was_checked_ = true;
    expect_in_time(figures);
  }
}

load::overload_figures overload_trial::overload_once(std::chrono::seconds time) {
  runtime::raise_open_files_limit();
  load::overload_options options;
  options.target = {"127.0.0.1", node_.port()};
  options.path = issues_path(coupon_);
  options.server_pid = node_.pid();
  options.first_user = next_user_;
  options.peak_connections = 5 * slow_node::batch_max / 2;  // one batch under way, and more than one waits
  options.connections = connections;
  options.connection_patience_ns = 1'000'000'000;  // of a generator that has no core for a while
  options.peak_s = 3;
  options.normal_s = 1.5;
  options.capacity_per_s = slow_node::capacity_per_s;
  options.overload_s = static_cast<double>(time.count());
  options.after_s = 3;
  const auto [figures, said] = load::run_overload(options);
  heard_.insert(heard_.end(), said.begin(), said.end());
  for (const heard& one : said) next_user_ = std::max(next_user_, one.user + 1);
  print(figures);

  return figures;
}

void overload_trial::expect_bounded(const load::overload_figures& figures) {
  EXPECT_GT(figures.refused_per_s, 0);
  EXPECT_EQ(figures.refused_without_retry_after, 0u);
  EXPECT_LE(figures.rss_first_half, figures.rss_at_peak + connections * bytes_per_connection);
  EXPECT_LE(figures.rss_second_half, figures.rss_first_half * 5 / 4) << "memory grows with time";
}

void overload_trial::expect_in_time(const load::overload_figures& figures) {
  EXPECT_LE(static_cast<double>(figures.unsent), 0.25 * static_cast<double>(figures.offered))
      << "the generator could not offer much more than the node can do";
  EXPECT_GE(figures.of_peak, 0.8);
  EXPECT_GT(figures.refused_per_s, 0.3 * slow_node::capacity_per_s);
  EXPECT_LE(static_cast<double>(figures.unknown), 0.01 * static_cast<double>(figures.offered));
  EXPECT_LE(figures.slowest_answer_ms, static_cast<double>(slow_node::deadline.count()) + noise_ms);
  EXPECT_LE(figures.refusing.p50, figures.accepted.p50 / 2) << "a refusal waited in the queue";
  EXPECT_GE(figures.normal_after_ms, 0);
  EXPECT_LE(figures.normal_after_ms, 2000);
}

load::open_loop_options overload_trial::herd_of(int members) const {
  return {.target = {"127.0.0.1", node_.port()},
          .path = issues_path(coupon_),
          .connections = members,
          .connection_patience_ns = herd_patience_ns,
          .asks_until = load::now_ns() + herd_patience_ns};
}

// A node that was only just started does not know yet how slow it is.
void overload_trial::show_it_its_pace() {
  std::vector<load::planned_request> plan;
  for (int n = 0; n < 10 * slow_node::batch_max; ++n) plan.push_back({load::now_ns(), next_user_++});
  const std::vector<heard> said = load::run_open_loop(herd_of(2 * slow_node::batch_max), plan);
  heard_.insert(heard_.end(), said.begin(), said.end());
}

std::vector<heard> overload_trial::run_herd(load::open_loop_options options) {
  runtime::raise_open_files_limit();
  if (heard_.empty()) show_it_its_pace();
  std::vector<load::planned_request> plan;
  const load::instant_ns all_at_once = load::now_ns() + options.connections * load::instant_ns{500'000};
  for (int n = 0; n < options.connections; ++n) plan.push_back({all_at_once, next_user_++});
  std::vector<heard> said = load::run_open_loop(options, plan);
  heard_.insert(heard_.end(), said.begin(), said.end());
  return said;
}

void overload_trial::expect_herd_is_spread_and_served(int members) {
  load::open_loop_options options = herd_of(members);
  options.refused = load::asking_again::after_retry_after;
  const std::vector<heard> said = run_herd(options);

  std::array<int, 4> told_to_wait_s{};
  int refused = 0;
  for (const heard& one : said) {
    if (one.status != 503) continue;
    ++refused;
    ASSERT_GE(one.retry_after_s, 1);
    ASSERT_LE(one.retry_after_s, 3);
    ++told_to_wait_s[static_cast<std::size_t>(one.retry_after_s)];
  }
  std::cout << "a herd of " << members << ": " << said.size() << " requests, " << refused << " refused\n";
  EXPECT_GT(refused, members / 4) << "not a herd: the node could take them all";
  for (std::size_t wait_s = 1; wait_s <= 3; ++wait_s) {
    EXPECT_GT(told_to_wait_s[wait_s], refused / 5) << "told to wait " << wait_s << " s";
    EXPECT_LT(told_to_wait_s[wait_s], refused / 2) << "told to wait " << wait_s << " s";
  }
  EXPECT_EQ(users_served(said), static_cast<std::size_t>(members));
}

void overload_trial::expect_impatient_are_served(int members) {
  load::open_loop_options options = herd_of(members);
  options.refused = load::asking_again::at_once;
  const std::vector<heard> said = run_herd(options);

  const auto refused = std::count_if(said.begin(), said.end(), [](const heard& one) { return one.status == 503; });
  std::cout << members << " who ask again at once: " << said.size() << " requests, " << refused << " refused\n";
  EXPECT_GT(refused, members / 4) << "nobody was impatient";
  EXPECT_EQ(users_served(said), static_cast<std::size_t>(members));
}

std::vector<issue_answer> overload_trial::history() const {
  using instant = std::chrono::steady_clock::time_point;
  std::vector<issue_answer> all;
  for (const heard& one : heard_) {
    if (one.what == heard::kind::no_connection) continue;  // never sent
    all.push_back({.ask = {.coupon = coupon_, .user = one.user},
                   .invoked = instant(std::chrono::nanoseconds(one.sent_at)),
                   .answered = instant(std::chrono::nanoseconds(one.received_at)),
                   .status = one.status,
                   .sequence = one.sequence,
                   .code = code_of(one),
                   .has_retry_after = one.retry_after_s > 0});
  }
  return all;
}

}  // namespace firstcome::testing
