// ./dev sim: seeded histories of both shapes, with faults, judged. Ends with the first one that breaks a promise, which
// it makes short and shows.

#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "cli/arguments.hpp"
#include "sim/history/last_words.hpp"
#include "sim/history/outcome.hpp"
#include "sim/history/shrink.hpp"

namespace {

using namespace firstcome::sim;
using steady = std::chrono::steady_clock;

struct wishes {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> runs;
  double minutes = 0;
  std::string shape = "both";
  std::vector<int> keep;
  bool trace = false;
};

std::uint64_t fresh_seed() {
  std::uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != sizeof seed) throw std::runtime_error("no seed from the system");
  return seed % 1'000'000'000'000;  // short enough to be typed
}

outcome_of_history happen_watched(const plan& p, how_to_run how = {}) {
  const last_words over(p);
  return happen(p, how);
}

/// Of what was broken first: the promise, or (number 0) the kind of end that it came to.
std::string kind_of(const firstcome::auditor::broken_promise& one) {
  return one.promise > 0 ? std::to_string(one.promise) : one.what.substr(0, one.what.find(':'));
}

bool breaks(const outcome_of_history& what, const std::string& kind) {
  return std::any_of(what.broken.begin(), what.broken.end(), [&](const auto& one) { return kind_of(one) == kind; });
}

void show(const plan& p, const outcome_of_history& what) {
  std::printf("%s\n", to_string(p).c_str());
  for (const std::string& line : what.trace_lines) std::printf("%s\n", line.c_str());
  std::printf("\n");
  for (const auto& one : what.broken) {
    if (one.promise > 0)
      std::printf("promise %d is broken: %s\n", one.promise, one.what.c_str());
    else
      std::printf("%s\n", one.what.c_str());
  }
  if (what.broken.empty()) std::printf("every promise was kept\n");
}

/// Shrinks, shows, and says how to see it again.
void report(const plan& failing, const outcome_of_history& what) {
  std::printf("\n%s history, seed %llu: a promise is broken; looking for a shorter one\n",
              name_of(failing.shape).c_str(), static_cast<unsigned long long>(failing.seed));
  std::fflush(stdout);
  const std::string kind = kind_of(what.broken.front());
  const plan shortest = shrink(failing, [&](const plan& p) { return breaks(happen_watched(p), kind); });
  show(shortest, happen_watched(shortest, {.wants_trace = true}));
  std::printf("\nreplay it:          %s\n", command_to_replay(failing).c_str());
  if (shortest.items.empty()) return;  // then it fails whatever happens
  std::string numbers;
  for (const item& one : shortest.items) numbers += (numbers.empty() ? "" : ",") + std::to_string(one.number);
  std::printf("the short history:  %s --keep %s\n", command_to_replay(failing).c_str(), numbers.c_str());
}

class progress {
 public:
  explicit progress(std::uint64_t first_seed) : first_seed_(first_seed) {}

  void count(const outcome_of_history& what) {
    ++histories_;
    requests_ += what.requests;
    events_ += what.events;
    if (isatty(STDERR_FILENO) && steady::now() - shown_ > std::chrono::milliseconds(200)) {
      shown_ = steady::now();
      std::fprintf(stderr, "\r%llu histories, %.0f a minute ", static_cast<unsigned long long>(histories_), a_minute());
    }
  }

  void summary() const {
    if (isatty(STDERR_FILENO)) std::fprintf(stderr, "\r");
    std::printf("%llu histories from seed %llu on, %.0f a minute; %llu requests, %llu events: every promise was kept\n",
                static_cast<unsigned long long>(histories_), static_cast<unsigned long long>(first_seed_), a_minute(),
                static_cast<unsigned long long>(requests_), static_cast<unsigned long long>(events_));
  }
  std::uint64_t histories() const { return histories_; }
  double minutes() const { return std::chrono::duration<double>(steady::now() - began_).count() / 60; }

 private:
  double a_minute() const { return static_cast<double>(histories_) / std::max(1e-9, minutes()); }

  const std::uint64_t first_seed_;
  const steady::time_point began_ = steady::now();
  steady::time_point shown_ = began_;
  std::uint64_t histories_ = 0, requests_ = 0, events_ = 0;
};

std::vector<shape> shapes_of(const std::string& name) {
  if (name == "embedded") return {shape::embedded};
  if (name == "distributed") return {shape::distributed};
  return {shape::embedded, shape::distributed};
}

/// One history, for somebody who wants to see it.
int show_one(const wishes& w, std::uint64_t seed) {
  bool kept = true;
  for (const shape s : shapes_of(w.shape)) {
    plan p = plan_of(s, seed);
    if (!w.keep.empty()) p = only(p, w.keep);
    const outcome_of_history what = happen_watched(p, {.wants_trace = w.trace || !w.keep.empty()});
    kept = kept && what.broken.empty();
    if (w.trace || !w.keep.empty())
      show(p, what);
    else if (!what.broken.empty())
      report(p, what);
    else
      std::printf("%s history, seed %llu: every promise was kept (--trace shows it)\n", name_of(s).c_str(),
                  static_cast<unsigned long long>(seed));
  }
  return kept ? 0 : 1;
}

int run_many(const wishes& w) {
  const std::uint64_t first = w.seed.value_or(fresh_seed());
  std::printf("seeds from %llu on\n", static_cast<unsigned long long>(first));
  std::fflush(stdout);
  progress so_far(first);
  const std::vector<shape> shapes = shapes_of(w.shape);
  for (std::uint64_t n = 0;; ++n) {
    if (w.runs ? n >= *w.runs : so_far.minutes() >= w.minutes) break;
    const plan p = plan_of(shapes[n % shapes.size()], first + n);
    const outcome_of_history what = happen_watched(p);
    so_far.count(what);
    if (what.broken.empty()) continue;
    report(p, what);
    return 1;
  }
  so_far.summary();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const firstcome::cli::arguments line(
      "sim",
      "Seeded histories of both shapes on simulated clocks, networks, stores and disks, with faults, judged by the\n"
      "promises. A failing seed is made short, shown, and can be replayed.");
  const firstcome::cli::command flags = line.flags();
  wishes w;
  flags.add_option("--seed", w.seed, "Begin with this one; alone: only this one");
  flags.add_option("--runs", w.runs, "So many histories");
  flags.add_option("--minutes", w.minutes, "For so long (1, unless --seed or --runs says otherwise)").positive();
  flags.add_option("--shape", w.shape, "embedded, distributed or both, by turns")
      .one_of({"embedded", "distributed", "both"});
  flags.add_option("--keep", w.keep, "With --seed: only these of the history's items, by number, and show it")
      .separated_by(',');
  flags.add_flag("--trace", w.trace, "With --seed: show what happens");
  if (const auto done = line.read(argc, argv)) return *done;
  if ((w.trace || !w.keep.empty()) && !w.seed) return std::fprintf(stderr, "sim: --trace and --keep need --seed\n"), 2;
  if (w.seed && !w.runs && w.minutes == 0) return show_one(w, *w.seed);
  if (!w.runs && w.minutes == 0) w.minutes = 1;
  return run_many(w);
}
