#include "faults/fault_schedule.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <numeric>
#include <random>
#include <utility>

namespace firstcome::faults {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds rest{250};  // between two faults at one target, so that each one's recovery shows
constexpr milliseconds shortest{40};
constexpr int draws_max = 8;
/// One of each is in every schedule, whatever else the dice say: few of a schedule's faults are of these kinds.
constexpr std::array surely_drawn = {fault_kind::fd_limit, fault_kind::memory_limit, fault_kind::replace,
                                     fault_kind::move};
constexpr milliseconds shortest_of_these{500};  // what is left is to be used up, and who is gone is to be missed
constexpr int tries_max = 64;                   // they find room in any schedule of some seconds

/// Numbers of our own making: the standard's distributions differ from library to library.
class dice {
 public:
  explicit dice(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  /// Short ones far more often than long ones.
  milliseconds skewed(milliseconds from, milliseconds to) {
    const double part = static_cast<double>(below(1'000'000)) / 1e6;
    return from + milliseconds(static_cast<std::int64_t>(part * part * static_cast<double>((to - from).count())));
  }
  milliseconds up_to(milliseconds bound) {
    return milliseconds(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(bound.count()) + 1)));
  }

 private:
  std::mt19937_64 random_;
};

const fault_choice& draw(dice& random, const std::vector<fault_choice>& menu) {
  const int all = std::accumulate(menu.begin(), menu.end(), 0, [](int sum, const auto& c) { return sum + c.weight; });
  auto at = static_cast<int>(random.below(static_cast<std::uint64_t>(all)));
  for (const fault_choice& choice : menu) {
    at -= choice.weight;
    if (at < 0) return choice;
  }
  return menu.back();
}

bool momentary(fault_kind kind) {
  return kind == fault_kind::cut || kind == fault_kind::flush;
}

bool forgets(fault_kind kind) {
  return kind == fault_kind::flush || kind == fault_kind::restore;
}

milliseconds length_of(fault_kind kind, dice& random, const schedule_options& options) {
  if (momentary(kind)) return milliseconds(0);
  // The embedded ledger's log has taken room in advance, for seconds at the crowd's rate.
  if (kind == fault_kind::disk_full) return random.skewed(options.longest, 4 * options.longest);
  const bool uses_up = std::find(surely_drawn.begin(), surely_drawn.end(), kind) != surely_drawn.end();
  return random.skewed(uses_up ? shortest_of_these : shortest, options.longest);
}

std::uint32_t amount_of(fault_kind kind, dice& random) {
  switch (kind) {
    case fault_kind::delay:
      return static_cast<std::uint32_t>(5 + random.skewed(milliseconds(0), milliseconds(400)).count());
    case fault_kind::cut_mid_request:
    case fault_kind::cut_mid_reply:
      return static_cast<std::uint32_t>(1 + random.below(3'000));
    default:
      return static_cast<std::uint32_t>(random.below(1U << 30));
  }
}

class drawing {
 public:
  drawing(std::uint64_t seed, const std::vector<fault_choice>& menu, const schedule_options& options)
      : random_(seed), menu_(menu), options_(options), drawn_{.seed = seed, .length = options.length} {}

  fault_schedule run() {
    for (const fault_kind kind : surely_drawn) draw_one_of(kind);
    for (milliseconds at = random_.up_to(options_.mean_gap); at + shortest < options_.length;
         at += random_.up_to(2 * options_.mean_gap))
      draw_at(at);
    std::stable_sort(drawn_.faults.begin(), drawn_.faults.end(),
                     [](const fault& a, const fault& b) { return a.begins < b.begins; });
    return std::move(drawn_);
  }

 private:
  void draw_one_of(fault_kind kind) {
    std::vector<fault_choice> choices;
    std::copy_if(menu_.begin(), menu_.end(), std::back_inserter(choices),
                 [kind](const fault_choice& one) { return one.kind == kind; });
    if (choices.empty() || options_.length < shortest_of_these) return;
    for (int attempt = 0; attempt < tries_max; ++attempt)
      if (place(draw(random_, choices), random_.up_to(options_.length - shortest_of_these))) return;
  }

  void draw_at(milliseconds at) {
    for (int attempt = 0; attempt < draws_max; ++attempt) {
      const fault_choice& choice = draw(random_, menu_);
      if (forgets(choice.kind) && forgotten_) continue;
      if (!place(choice, at)) continue;
      forgotten_ = forgotten_ || forgets(choice.kind);
      return;
    }
  }

  bool replaced_already(const fault_choice& choice) const {
    return choice.kind == fault_kind::replace &&
           std::any_of(drawn_.faults.begin(), drawn_.faults.end(), [&](const fault& other) {
             return other.kind == fault_kind::replace && other.target == choice.target;
           });
  }

  /// False: the target is not free then, or not for long enough.
  bool place(const fault_choice& choice, milliseconds at) {
    if (replaced_already(choice)) return false;
    milliseconds free_until = options_.length;
    for (const fault& other : drawn_.faults) {
      if (other.target != choice.target || other.begins + other.lasts + rest <= at) continue;
      if (other.begins < at + shortest + rest) return false;
      free_until = std::min(free_until, other.begins - rest);
    }
    fault one{.kind = choice.kind, .target = choice.target, .begins = at};
    one.lasts = std::min(length_of(choice.kind, random_, options_), free_until - at);
    one.amount = amount_of(choice.kind, random_);
    drawn_.faults.push_back(std::move(one));
    return true;
  }

  dice random_;
  const std::vector<fault_choice>& menu_;
  const schedule_options& options_;
  fault_schedule drawn_;
  bool forgotten_ = false;
};

std::string seconds_text(milliseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f s", static_cast<double>(time.count()) / 1000);
  return text.data();
}

}  // namespace

std::string_view to_text(fault_kind kind) {
  switch (kind) {
    case fault_kind::kill:
      return "kill";
    case fault_kind::pause:
      return "pause";
    case fault_kind::fd_limit:
      return "fd_limit";
    case fault_kind::memory_limit:
      return "memory_limit";
    case fault_kind::file_size_limit:
      return "file_size_limit";
    case fault_kind::disk_full:
      return "disk_full";
    case fault_kind::store_full:
      return "store_full";
    case fault_kind::flush:
      return "flush";
    case fault_kind::restore:
      return "restore";
    case fault_kind::replace:
      return "replace";
    case fault_kind::move:
      return "move";
    case fault_kind::delay:
      return "delay";
    case fault_kind::stall:
      return "stall";
    case fault_kind::drop:
      return "drop";
    case fault_kind::cut:
      return "cut";
    case fault_kind::cut_mid_request:
      return "cut_mid_request";
    case fault_kind::cut_mid_reply:
      return "cut_mid_reply";
    case fault_kind::refuse:
      return "refuse";
  }
  return "?";
}

fault_schedule draw_schedule(std::uint64_t seed, const std::vector<fault_choice>& menu,
                             const schedule_options& options) {
  return drawing(seed, menu, options).run();
}

std::string to_text(const fault& one) {
  std::string text = seconds_text(one.begins);
  text.insert(0, text.size() < 9 ? 9 - text.size() : 0, ' ');
  text += "  " + std::string(to_text(one.kind)) + " " + one.target;
  if (one.lasts.count() > 0) text += " for " + seconds_text(one.lasts);
  if (one.kind == fault_kind::delay) text += ", " + std::to_string(one.amount) + " ms each way";
  if (one.kind == fault_kind::cut_mid_request || one.kind == fault_kind::cut_mid_reply)
    text += ", after " + std::to_string(one.amount) + " bytes";
  return text;
}

std::string to_text(const fault_schedule& schedule) {
  std::string text = "seed " + std::to_string(schedule.seed) + ", " + std::to_string(schedule.faults.size()) +
                     " faults in " + seconds_text(schedule.length) + "\n";
  for (const fault& one : schedule.faults) text += to_text(one) + "\n";
  return text;
}

}  // namespace firstcome::faults
