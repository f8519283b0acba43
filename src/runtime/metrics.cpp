#include "runtime/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <stdexcept>

#include "runtime/overrunning_sink.hpp"

namespace firstcome::runtime {
namespace {

using counter = std::atomic<std::uint64_t>;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::size_t status_classes = 5;  // 1xx to 5xx
constexpr std::array<const char*, status_classes> class_names = {"1xx", "2xx", "3xx", "4xx", "5xx"};

constexpr auto& outcome_names = metrics::outcome_names;
constexpr std::size_t outcome_overloaded = 8;
constexpr std::size_t outcome_unavailable = 9;

constexpr auto& duration_bounds_s = metrics::duration_bounds_s;
// By powers of two up to the largest batch.
constexpr std::array<double, 13> size_bounds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};

void add(counter& c, std::uint64_t n = 1) {
  c.fetch_add(n, std::memory_order_relaxed);
}

/// Counts by bucket, the last one without a bound. The sum is in whole units: nanoseconds, or calls.
template <std::size_t Bounds>
struct histogram {
  std::array<counter, Bounds + 1> buckets{};
  counter sum{};

  void observe(double value, std::uint64_t units, const std::array<double, Bounds>& bounds) {
    add(buckets[static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())]);
    add(sum, units);
  }
};

using duration_histogram = histogram<duration_bounds_s.size()>;
using size_histogram = histogram<size_bounds.size()>;

void observe(duration_histogram& h, std::chrono::nanoseconds took) {
  h.observe(std::chrono::duration<double>(took).count(),
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, took.count())), duration_bounds_s);
}

ClientMetric labelled(std::initializer_list<ClientMetric::Label> labels) {
  ClientMetric m;
  m.label = labels;
  return m;
}

MetricFamily gauge(std::string name, std::string help, double value, ClientMetric m = {}) {
  m.gauge.value = value;
  return {std::move(name), std::move(help), MetricType::Gauge, {std::move(m)}};
}

}  // namespace

struct alignas(64) metrics::stripe {
  std::array<std::array<counter, status_classes>, routes_max> requests{};
  std::array<counter, outcome_names.size()> outcomes{};
  std::array<counter, token_refusals_max> token_refusals{};
  duration_histogram issue_latency;
  size_histogram batch_size;
  duration_histogram commit_latency;
  counter rows{};
};

/// Sums the stripes into what the serializer writes.
class metrics::collector final : public prometheus::Collectable {
 public:
  explicit collector(const metrics& from) : from_(from) {}

  std::vector<MetricFamily> Collect() const override {
    std::vector<MetricFamily> families = {build(), requests(), outcomes(), token_refusals()};
    families.push_back(histogram_of("firstcome_issue_duration_seconds",
                                    "From handling a request to issue to answering it.", &stripe::issue_latency,
                                    duration_bounds_s, 1e-9));
    families.push_back(histogram_of("firstcome_batch_calls", "Requests to issue in one batch of the writer.",
                                    &stripe::batch_size, size_bounds, 1));
    families.push_back(histogram_of("firstcome_commit_duration_seconds", "One durable commit of a batch.",
                                    &stripe::commit_latency, duration_bounds_s, 1e-9));
    ClientMetric rows;
    rows.counter.value = sum([](const stripe& s) -> const counter& { return s.rows; });
    families.push_back(
        {"firstcome_rows_committed_total", "Issues made durable by the writer.", MetricType::Counter, {rows}});
    ClientMetric lost;
    lost.counter.value = static_cast<double>(log::lines_lost());
    families.push_back({"firstcome_log_lines_lost_total",
                        "Lines of the log that their reader did not take in time.",
                        MetricType::Counter,
                        {lost}});
    if (from_.gauges_.connections)
      families.push_back(gauge("firstcome_connections", "Open client connections.", count(from_.gauges_.connections)));
    if (from_.gauges_.waiting)
      families.push_back(
          gauge("firstcome_waiting_requests", "Requests that wait for the writer.", count(from_.gauges_.waiting)));
    return families;
  }

 private:
  static double count(const std::function<std::size_t()>& read) { return static_cast<double>(read()); }

  template <class Select>
  double sum(Select select) const {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < stripes; ++i) total += select(from_.stripes_[i]).load(std::memory_order_relaxed);
    return static_cast<double>(total);
  }

  MetricFamily build() const {
    return gauge("firstcome_build_info", "The program's version; always 1.", 1,
                 labelled({{"version", FIRSTCOME_VERSION}}));
  }

  MetricFamily requests() const {
    MetricFamily family{
        "firstcome_http_requests_total", "Answers given, by route and class of status.", MetricType::Counter, {}};
    for (std::size_t r = 0; r < from_.route_names_.size(); ++r)
      for (std::size_t c = 0; c < status_classes; ++c) {
        ClientMetric m = labelled({{"route", from_.route_names_[r]}, {"status", class_names[c]}});
        m.counter.value = sum([&](const stripe& s) -> const counter& { return s.requests[r][c]; });
        if (m.counter.value > 0) family.metric.push_back(std::move(m));
      }
    return family;
  }

  MetricFamily outcomes() const {
    MetricFamily family{
        "firstcome_issue_outcomes_total", "What was said to requests to issue.", MetricType::Counter, {}};
    for (std::size_t o = 0; o < outcome_names.size(); ++o) {
      ClientMetric m = labelled({{"outcome", outcome_names[o]}});
      m.counter.value = sum([&](const stripe& s) -> const counter& { return s.outcomes[o]; });
      family.metric.push_back(std::move(m));
    }
    return family;
  }

  MetricFamily token_refusals() const {
    MetricFamily family{"firstcome_token_refusals_total", "Tokens refused, by reason.", MetricType::Counter, {}};
    for (std::size_t r = 0; r < from_.token_refusal_names_.size(); ++r) {
      ClientMetric m = labelled({{"reason", from_.token_refusal_names_[r]}});
      m.counter.value = sum([&](const stripe& s) -> const counter& { return s.token_refusals[r]; });
      family.metric.push_back(std::move(m));
    }
    return family;
  }

  template <class Histogram, std::size_t N>
  MetricFamily histogram_of(std::string name, std::string help, Histogram stripe::*which,
                            const std::array<double, N>& bounds, double unit) const {
    ClientMetric m;
    std::uint64_t cumulative = 0;
    for (std::size_t b = 0; b < N; ++b) {
      cumulative +=
          static_cast<std::uint64_t>(sum([&](const stripe& s) -> const counter& { return (s.*which).buckets[b]; }));
      m.histogram.bucket.push_back({cumulative, bounds[b]});
    }
    cumulative +=
        static_cast<std::uint64_t>(sum([&](const stripe& s) -> const counter& { return (s.*which).buckets[N]; }));
    m.histogram.sample_count = cumulative;
    m.histogram.sample_sum = sum([&](const stripe& s) -> const counter& { return (s.*which).sum; }) * unit;
    return {std::move(name), std::move(help), MetricType::Histogram, {std::move(m)}};
  }

  const metrics& from_;
};

metrics::metrics(std::vector<std::string> route_names)
    : route_names_(std::move(route_names)), stripes_(std::make_unique<stripe[]>(stripes)) {
  if (route_names_.size() > routes_max) throw std::invalid_argument("more routes than the metrics have room for");
}

metrics::~metrics() = default;

metrics::issue_totals metrics::read_issue_totals() const {
  issue_totals all;
  for (std::size_t i = 0; i < stripes; ++i) {
    for (std::size_t o = 0; o < all.outcomes.size(); ++o)
      all.outcomes[o] += stripes_[i].outcomes[o].load(std::memory_order_relaxed);
    for (std::size_t b = 0; b < all.durations.size(); ++b)
      all.durations[b] += stripes_[i].issue_latency.buckets[b].load(std::memory_order_relaxed);
  }
  return all;
}

metrics::stripe& metrics::mine() {
  static std::atomic<std::size_t> threads{0};
  thread_local const std::size_t index = threads.fetch_add(1, std::memory_order_relaxed) % stripes;
  return stripes_[index];
}

void metrics::count_request(std::size_t route, int status) {
  const auto status_class =
      static_cast<std::size_t>(std::clamp(status / 100 - 1, 0, static_cast<int>(status_classes) - 1));
  add(mine().requests[route][status_class]);
}

void metrics::name_token_refusals(std::vector<std::string> names) {
  if (names.size() > token_refusals_max)
    throw std::invalid_argument("more reasons to refuse a token than the metrics have room for");
  token_refusal_names_ = std::move(names);
}

void metrics::count_token_refusal(std::size_t reason) {
  add(mine().token_refusals[reason]);
}

void metrics::count_issue(verdict what, std::chrono::nanoseconds took) {
  stripe& s = mine();
  add(s.outcomes[static_cast<std::size_t>(what)]);
  observe(s.issue_latency, took);
}

void metrics::count_issue_failure(errc why, std::chrono::nanoseconds took) {
  stripe& s = mine();
  add(s.outcomes[why == errc::overloaded ? outcome_overloaded : outcome_unavailable]);
  observe(s.issue_latency, took);
}

void metrics::count_batch(std::size_t calls, std::size_t rows, std::chrono::nanoseconds commit_duration) {
  stripe& s = mine();
  s.batch_size.observe(static_cast<double>(calls), calls, size_bounds);
  if (rows > 0) observe(s.commit_latency, commit_duration);
  add(s.rows, rows);
}

std::string metrics::to_prometheus() const {
  return prometheus::TextSerializer{}.Serialize(collector(*this).Collect());
}

}  // namespace firstcome::runtime
