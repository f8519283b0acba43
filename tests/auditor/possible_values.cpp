#include "auditor/possible_values.hpp"

#include <algorithm>
#include <set>

namespace firstcome::auditor {
namespace {

constexpr instant_ns beginning = std::numeric_limits<instant_ns>::min();

/// `by_asking` is sorted by invoked_at: when each of them and all after it… the first answer among them.
std::vector<instant_ns> first_answer_from(const std::vector<possible_values::change>& by_asking) {
  std::vector<instant_ns> answers(by_asking.size() + 1, never);
  for (std::size_t i = by_asking.size(); i-- > 0;) answers[i] = std::min(answers[i + 1], by_asking[i].answered_at);
  return answers;
}

}  // namespace

possible_values::possible_values(std::int64_t first, std::vector<change> changes) : settled_at_(beginning) {
  changes.push_back({beginning, beginning, first});
  std::sort(changes.begin(), changes.end(),
            [](const change& a, const change& b) { return a.invoked_at < b.invoked_at; });
  const std::vector<instant_ns> answers = first_answer_from(changes);

  struct edge {
    instant_ns at;
    bool begins;
    std::int64_t value;
  };
  std::vector<edge> edges;
  for (const change& c : changes) {
    settled_at_ = std::max(settled_at_, c.answered_at);
    edges.push_back({c.invoked_at, true, c.value});
    const auto later = std::upper_bound(changes.begin(), changes.end(), c.answered_at,
                                        [](instant_ns at, const change& other) { return at < other.invoked_at; });
    const instant_ns over_at = answers[static_cast<std::size_t>(later - changes.begin())];
    if (over_at != never) edges.push_back({over_at + 1, false, c.value});
  }
  std::sort(edges.begin(), edges.end(), [](const edge& a, const edge& b) { return a.at < b.at; });

  std::multiset<std::int64_t> in_force;
  for (std::size_t i = 0; i < edges.size();) {
    const instant_ns at = edges[i].at;
    for (; i < edges.size() && edges[i].at == at; ++i) {
      if (edges[i].begins)
        in_force.insert(edges[i].value);
      else
        in_force.erase(in_force.find(edges[i].value));
    }
    steps_.push_back({at, *in_force.begin(), *in_force.rbegin()});
  }
}

std::vector<possible_values::step>::const_iterator possible_values::step_at(instant_ns at) const {
  return std::prev(
      std::upper_bound(steps_.begin(), steps_.end(), at, [](instant_ns when, const step& s) { return when < s.from; }));
}

std::int64_t possible_values::smallest(instant_ns from, instant_ns to) const {
  auto s = step_at(from);
  std::int64_t found = s->smallest;
  for (++s; s != steps_.end() && s->from <= to; ++s) found = std::min(found, s->smallest);
  return found;
}

std::int64_t possible_values::largest(instant_ns from, instant_ns to) const {
  auto s = step_at(from);
  std::int64_t found = s->largest;
  for (++s; s != steps_.end() && s->from <= to; ++s) found = std::max(found, s->largest);
  return found;
}

std::int64_t possible_values::least_ceiling(instant_ns from, instant_ns to) const {
  auto s = step_at(from);
  std::int64_t found = s->largest;
  for (++s; s != steps_.end() && s->from <= to; ++s) found = std::min(found, s->largest);
  return found;
}

}  // namespace firstcome::auditor
