#include "faults/recovery_times.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace firstcome::faults {
namespace {

/// "api-1>redis" and "api-0>redis" are one line.
std::string kind_of(const fault& what) {
  std::string target = what.target;
  for (const char* number : {"-0", "-1"})
    if (const auto at = target.find(number); at != std::string::npos) target.erase(at, 2);
  return std::string(to_text(what.kind)) + " " + target;
}

double ms_between(steady_time from, steady_time to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

/// Requests that were answered with a new coupon, by the time of sending; each with the earliest answer among itself
/// and all later ones.
class successes {
 public:
  successes(const std::vector<heard>& history, const std::vector<std::size_t>& doors) {
    for (const heard& one : history)
      if ((one.answer.status == 201 || one.answer.status == 202) &&
          std::find(doors.begin(), doors.end(), one.door) != doors.end())
        all_.emplace_back(one.answer.invoked, one.answer.answered);
    std::sort(all_.begin(), all_.end());
    for (std::size_t n = all_.size(); n-- > 1;) all_[n - 1].second = std::min(all_[n - 1].second, all_[n].second);
  }

  std::optional<steady_time> after(steady_time then) const {
    const auto first = std::lower_bound(all_.begin(), all_.end(), std::pair(then, steady_time::min()));
    if (first == all_.end()) return std::nullopt;
    return first->second;
  }

 private:
  std::vector<std::pair<steady_time, steady_time>> all_;
};

/// Whether another fault that can be felt at the same doors was there between this one's end and `until`.
bool disturbed(const endured_fault& one, steady_time until, const std::vector<endured_fault>& all) {
  return std::any_of(all.begin(), all.end(), [&](const endured_fault& other) {
    if (&other == &one || other.what.target.starts_with("worker")) return false;
    const bool meet = std::find_first_of(one.doors.begin(), one.doors.end(), other.doors.begin(), other.doors.end()) !=
                      one.doors.end();
    return meet && other.began < until && other.ended > one.ended;
  });
}

std::string middle_and_longest(std::vector<double> all) {
  std::array<char, 64> text{};
  if (all.empty()) {
    std::snprintf(text.data(), text.size(), "%9s %9s", "-", "-");
    return text.data();
  }
  std::sort(all.begin(), all.end());
  std::snprintf(text.data(), text.size(), "%9.0f %9.0f", all[all.size() / 2], all.back());
  return text.data();
}

}  // namespace

void recovery_times::add(const std::vector<endured_fault>& faults, const std::vector<heard>& history) {
  std::map<std::vector<std::size_t>, successes> at_doors;
  for (const endured_fault& one : faults) {
    const successes& found = at_doors.try_emplace(one.doors, history, one.doors).first->second;
    times& into = by_kind_[kind_of(one.what)];
    ++into.count;
    if (const auto first = found.after(one.began)) into.from_begin_ms.push_back(ms_between(one.began, *first));
    const auto first = found.after(one.ended);
    if (first && !disturbed(one, *first, faults)) into.from_end_ms.push_back(ms_between(one.ended, *first));
  }
}

void recovery_times::add(const recovery_times& more) {
  for (const auto& [kind, other] : more.by_kind_) {
    times& into = by_kind_[kind];
    into.count += other.count;
    into.from_end_ms.insert(into.from_end_ms.end(), other.from_end_ms.begin(), other.from_end_ms.end());
    into.from_begin_ms.insert(into.from_begin_ms.end(), other.from_begin_ms.begin(), other.from_begin_ms.end());
  }
}

std::string recovery_times::table() const {
  std::array<char, 160> line{};
  std::snprintf(line.data(), line.size(), "%-32s %6s %19s %26s\n", "ms until the next new coupon", "", "from its begin",
                "from its end, undisturbed");
  std::string text = line.data();
  std::snprintf(line.data(), line.size(), "%-32s %6s %9s %9s %6s %9s %9s\n", "fault", "count", "p50", "max", "count",
                "p50", "max");
  text += line.data();
  for (const auto& [kind, all] : by_kind_) {
    std::snprintf(line.data(), line.size(), "%-32s %6zu %s %6zu %s\n", kind.c_str(), all.count,
                  middle_and_longest(all.from_begin_ms).c_str(), all.from_end_ms.size(),
                  middle_and_longest(all.from_end_ms).c_str());
    text += line.data();
  }
  return text;
}

}  // namespace firstcome::faults
