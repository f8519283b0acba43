#include "runtime/nearest_word.hpp"

#include <algorithm>
#include <vector>

namespace firstcome::runtime {
namespace {

constexpr std::size_t begun_size_min = 3;  // shorter beginnings fit too many words

/// In a longer word more mistakes are still a misspelling.
std::size_t mistakes_allowed(std::size_t size) {
  if (size < 3) return 0;
  return size < 5 ? 1 : size < 9 ? 2 : 3;
}

/// A prefix counts as one mistake.
std::size_t mistakes_in(std::string_view typed, std::string_view known) {
  const std::size_t whole = mistakes_between(typed, known);
  if (typed.size() < begun_size_min || known.size() <= typed.size() || !known.starts_with(typed)) return whole;
  return std::min<std::size_t>(whole, 1);
}

}  // namespace

std::size_t mistakes_between(std::string_view a, std::string_view b) {
  // Three rows of the usual table: the one being filled, and the two before it.
  std::vector<std::size_t> two_before(b.size() + 1), before(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) now[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(two_before, before);
    std::swap(before, now);
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, before[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], two_before[j - 2] + 1);
    }
  }
  return now[b.size()];
}

std::optional<std::string> nearest_word(std::string_view typed, std::span<const std::string> known) {
  const std::string* best = nullptr;
  std::size_t fewest = mistakes_allowed(typed.size()) + 1;
  for (const std::string& word : known) {
    const std::size_t mistakes = mistakes_in(typed, word);
    if (mistakes >= fewest) continue;
    fewest = mistakes;
    best = &word;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

}  // namespace firstcome::runtime
