#include "api/issue_rates.hpp"

#include <array>
#include <charconv>
#include <numeric>

namespace firstcome::api {
namespace {

using totals = runtime::metrics::issue_totals;

totals since(const totals& now, const totals& then) {
  totals gone = now;
  for (std::size_t n = 0; n < gone.outcomes.size(); ++n) gone.outcomes[n] -= then.outcomes[n];
  for (std::size_t n = 0; n < gone.durations.size(); ++n) gone.durations[n] -= then.durations[n];
  return gone;
}

void append_rounded(std::string& out, double value, int digits_after_point) {
  std::array<char, 40> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed, digits_after_point)
          .ptr;
  out.append(digits.data(), end);
}

void append_percentile(std::string& out, std::string_view name, const totals& counted, double share) {
  constexpr int microseconds = 3;
  const double ms = percentile_ms(counted, share);
  out += ",\"";
  out += name;
  out += "\":";
  if (ms < 0) {
    out += "null";
  } else {
    append_rounded(out, ms, microseconds);
  }
}

}  // namespace

double percentile_ms(const totals& counted, double share) {
  const double all =
      static_cast<double>(std::accumulate(counted.durations.begin(), counted.durations.end(), std::uint64_t{0}));
  if (all == 0) return -1;
  constexpr double ms_in_s = 1000;
  const auto& bounds = runtime::metrics::duration_bounds_s;
  double below = 0;
  for (std::size_t b = 0; b < bounds.size(); ++b) {
    const double here = static_cast<double>(counted.durations[b]);
    if (here > 0 && below + here >= share * all) {
      const double from = b == 0 ? 0 : bounds[b - 1];
      return ms_in_s * (from + (bounds[b] - from) * (share * all - below) / here);
    }
    below += here;
  }
  return ms_in_s * bounds.back();
}

issue_rates::issue_rates(const runtime::metrics& counted, const runtime::clock& clock)
    : counted_(counted), clock_(clock), older_{read()}, newer_{older_} {}

issue_rates::mark issue_rates::read() const {
  return {clock_.monotonic_now(), counted_.read_issue_totals()};
}

std::string issue_rates::to_json() {
  const mark now = read();
  mark then;
  {
    const std::lock_guard hold(lock_);
    if (now.at - newer_.at >= window) {
      older_ = newer_;
      newer_ = now;
    }
    then = older_;
  }
  const std::chrono::duration<double> passed = now.at - then.at;
  const totals gone = since(now.totals, then.totals);
  std::string out = R"({"windowMs":)";
  append_rounded(out, passed.count() * 1000, 0);
  out += R"(,"perSecond":{)";
  for (std::size_t n = 0; n < gone.outcomes.size(); ++n) {
    if (n > 0) out += ',';
    out += '"';
    out += runtime::metrics::outcome_names[n];
    out += "\":";
    append_rounded(out, passed.count() > 0 ? static_cast<double>(gone.outcomes[n]) / passed.count() : 0, 1);
  }
  out += '}';
  append_percentile(out, "p50Ms", gone, 0.5);
  append_percentile(out, "p99Ms", gone, 0.99);
  out += '}';
  return out;
}

}  // namespace firstcome::api
