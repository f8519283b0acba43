#include "load/overload_run.hpp"

#include <unistd.h>

#include <algorithm>

#include "lab/load/histogram.hpp"
#include "load/process_cpu.hpp"
#include "load/process_memory.hpp"

namespace firstcome::load {
namespace {

constexpr double ns_per_second = 1e9;
constexpr instant_ns to_connect_ns = 500'000;  // for each connection, before the first request
constexpr instant_ns window_ns = 100'000'000;  // in which "normal again" is judged
constexpr instant_ns patience_of_a_closed_loop = INT64_MAX / 2;

latency_ms latency_of(const histogram& latencies) {
  return {.p50 = static_cast<double>(latencies.percentile(50)) / 1e6,
          .p99 = static_cast<double>(latencies.percentile(99)) / 1e6,
          .max = static_cast<double>(latencies.max()) / 1e6};
}

instant_ns span_ns(double seconds) {
  return static_cast<instant_ns>(seconds * ns_per_second);
}

double count_yes(const std::vector<heard>& said) {
  return static_cast<double>(std::count_if(said.begin(), said.end(), [](const heard& one) { return one.yes(); }));
}

/// Accepted a second, from the first request to the last yes.
double rate_of(const std::vector<heard>& said) {
  instant_ns begin = INT64_MAX, end = 0;
  for (const heard& one : said) {
    begin = std::min(begin, one.sent_at);
    if (one.yes()) end = std::max(end, one.received_at);
  }
  return end > begin ? count_yes(said) / (static_cast<double>(end - begin) / ns_per_second) : 0;
}

class overload_run {
 public:
  explicit overload_run(const overload_options& options)
      : options_(options), memory_(options.server_pid), next_user_(options.first_user) {}

  overload_result run() {
    find_peak();
    be_normal();
    overload();
    figures_.peak_again_per_s = rate_of(run_closed(peak_requests_));
    figures_.of_peak = figures_.accepted_per_s / std::max(1.0, figures_.peak_per_s);
    for (const heard& one : result_.history)
      if (one.what != heard::kind::no_connection)
        figures_.slowest_answer_ms =
            std::max(figures_.slowest_answer_ms, static_cast<double>(one.received_at - one.sent_at) / 1e6);
    return std::move(result_);
  }

 private:
  std::vector<heard> run_plan(const std::vector<planned_request>& plan, int connections, instant_ns patience_ns) {
    return run_open_loop({.target = options_.target,
                          .path = options_.path,
                          .connections = connections,
                          .connection_patience_ns = patience_ns},
                         plan);
  }

  void remember(const std::vector<heard>& more) {
    result_.history.insert(result_.history.end(), more.begin(), more.end());
  }

  std::vector<planned_request> arrivals(instant_ns begin, double seconds, double per_second) {
    auto plan = steady_arrivals(begin, seconds, per_second, next_user_, options_.seed);
    next_user_ += static_cast<std::int64_t>(plan.size());
    return plan;
  }

  // Everybody is due at once, and a connection takes the next one whenever it is free: a closed loop. How many fit into
  // the time is found by doubling.
  void find_peak() {
    for (std::size_t count = 1000;; count *= 2) {
      const cpu_account before = cpu_account_of(options_.server_pid);
      const instant_ns begun_at = now_ns();
      const std::vector<heard> said = run_closed(count);
      peak_ = {begun_at, now_ns()};
      if (peak_.end - peak_.begin < span_ns(options_.peak_s) / 2) continue;
      const cpu_account used = cpu_account_of(options_.server_pid) - before;
      peak_requests_ = count;
      figures_.peak_per_s = rate_of(said);
      figures_.cpu_us_accepted = static_cast<double>(used.used_ns) / 1e3 / std::max(1.0, count_yes(said));
      return;
    }
  }

  std::vector<heard> run_closed(std::size_t count) {
    std::vector<planned_request> plan;
    for (std::size_t n = 0; n < count; ++n) plan.push_back({now_ns(), next_user_++});
    std::vector<heard> said = run_plan(plan, options_.peak_connections, patience_of_a_closed_loop);
    remember(said);
    return said;
  }

  double capacity_per_s() const { return options_.capacity_per_s > 0 ? options_.capacity_per_s : figures_.peak_per_s; }

  void be_normal() {
    const instant_ns begin = now_ns() + to_connect_ns * options_.peak_connections;
    const std::vector<heard> said =
        run_plan(arrivals(begin, options_.normal_s, options_.normal_load * capacity_per_s()), options_.peak_connections,
                 options_.connection_patience_ns);
    remember(said);
    histogram latencies;
    for (const heard& one : said)
      if (one.yes()) latencies.record(one.latency_ns());
    figures_.normal = latency_of(latencies);
  }

  void overload() {
    const instant_ns begin = now_ns() + to_connect_ns * options_.connections;
    const instant_ns end = begin + span_ns(options_.overload_s);
    auto plan = arrivals(begin, options_.overload_s, options_.overload * capacity_per_s());
    const auto after = arrivals(end, options_.after_s, options_.normal_load * capacity_per_s());
    plan.insert(plan.end(), after.begin(), after.end());

    const cpu_account before = cpu_account_of(options_.server_pid), own_before = cpu_account_of(getpid());
    const instant_ns begun_at = now_ns();
    const std::vector<heard> said = run_plan(plan, options_.connections, options_.connection_patience_ns);
    const cpu_account used = cpu_account_of(options_.server_pid) - before, own = cpu_account_of(getpid()) - own_before;
    figures_.waited_share =
        static_cast<double>(std::max(used.waited_ns, own.waited_ns)) / static_cast<double>(now_ns() - begun_at);
    memory_.stop();
    remember(said);
    summarize_overload(said, begin, end, figures_);

    const auto refused =
        static_cast<double>(std::count_if(said.begin(), said.end(), [](auto& h) { return h.surely_not; }));
    figures_.cpu_us_refused =
        (static_cast<double>(used.used_ns) / 1e3 - count_yes(said) * figures_.cpu_us_accepted) / std::max(1.0, refused);
    figures_.rss_at_peak = memory_.most_between(peak_.begin, peak_.end);
    figures_.rss_first_half = memory_.most_between(begin, (begin + end) / 2);
    figures_.rss_second_half = memory_.most_between((begin + end) / 2, end);
  }

  struct interval {
    instant_ns begin = 0, end = 0;
  };

  const overload_options& options_;
  memory_watch memory_;
  std::int64_t next_user_;
  interval peak_;
  std::size_t peak_requests_ = 0;
  overload_result result_;
  overload_figures& figures_ = result_.figures;
};

// The windows after the overload, in each of which all must be well: the first one's begin, from `end` on.
double normal_after(const std::vector<heard>& history, instant_ns end, double normal_p50_ms) {
  struct window {
    histogram latencies;
    bool all_accepted = true;
  };
  std::vector<window> windows;
  for (const heard& one : history) {
    if (one.due_at < end) continue;
    const auto at = static_cast<std::size_t>((one.due_at - end) / window_ns);
    if (at >= windows.size()) windows.resize(at + 1);
    windows[at].all_accepted = windows[at].all_accepted && one.yes();
    windows[at].latencies.record(one.latency_ns());
  }
  for (std::size_t at = 0; at < windows.size(); ++at) {
    const window& one = windows[at];
    if (one.all_accepted && one.latencies.count() > 0 && latency_of(one.latencies).p50 <= 2 * normal_p50_ms)
      return static_cast<double>(at * window_ns) / 1e6;
  }
  return -1;
}

}  // namespace

void summarize_overload(const std::vector<heard>& history, instant_ns begin, instant_ns end,
                        overload_figures& figures) {
  histogram accepted, refused, refusing;
  std::uint64_t accepted_in_time = 0;
  for (const heard& one : history) {
    if (one.yes() && one.received_at >= begin && one.received_at < end) ++accepted_in_time;
    if (one.due_at < begin || one.due_at >= end) continue;
    ++figures.offered;
    if (one.what == heard::kind::no_connection) {
      ++figures.unsent;
    } else if (one.yes()) {
      accepted.record(one.latency_ns());
    } else if (one.surely_not) {
      refused.record(one.latency_ns());
      refusing.record(one.received_at - one.sent_at);
      if (one.retry_after_s == 0) ++figures.refused_without_retry_after;
    } else {
      ++figures.unknown;
    }
  }
  const double seconds = static_cast<double>(end - begin) / ns_per_second;
  figures.offered_per_s = static_cast<double>(figures.offered) / seconds;
  figures.accepted_per_s = static_cast<double>(accepted_in_time) / seconds;
  figures.refused_per_s = static_cast<double>(refused.count()) / seconds;
  figures.unknown_per_s = static_cast<double>(figures.unknown) / seconds;
  figures.accepted = latency_of(accepted);
  figures.refused = latency_of(refused);
  figures.refusing = latency_of(refusing);
  figures.normal_after_ms = normal_after(history, end, figures.normal.p50);
}

overload_result run_overload(const overload_options& options) {
  return overload_run(options).run();
}

}  // namespace firstcome::load
