#include "auditor/issue_story.hpp"

#include <optional>
#include <set>

namespace firstcome::auditor {
namespace {

using what = told_call::what;
using state = issue_state;

constexpr std::size_t calls_max = 60;
constexpr std::size_t positions_max = 50'000;

std::optional<issue_now> if_so(bool so, const issue_now& then) {
  return so ? std::optional(then) : std::nullopt;
}

std::optional<issue_now> after_ask(const told_call& call, const issue_now& now) {
  const issue_now in = now.state == state::none ? issue_now{state::live, 0} : now;
  if (!call.answered) return in;
  if (call.heard == step_outcome::done) return if_so(now.state != state::returned || call.late_yes, in);
  return if_so(now.state == (call.heard == step_outcome::returned ? state::returned : state::none), now);
}

std::optional<issue_now> after_use(const told_call& call, const issue_now& now) {
  const issue_now used{state::used, call.order};
  const bool by_the_same = now == used && call.order != 0;
  if (!call.answered) return now.state == state::live ? used : now;
  if (call.heard == step_outcome::done) return if_so(now.state == state::live || by_the_same, used);
  if (call.heard == step_outcome::already_used) return if_so(now.state == state::used && !by_the_same, now);
  if (call.heard == step_outcome::returned) return if_so(now.state == state::returned, now);
  return if_so(call.heard == step_outcome::no_issue && now.state == state::none, now);
}

std::optional<issue_now> after_undo(const told_call& call, const issue_now& now) {
  const bool by_the_same = now == issue_now{state::used, call.order};
  const issue_now free = by_the_same ? issue_now{state::live, 0} : now;
  if (!call.answered) return free;
  if (call.heard == step_outcome::done)
    return if_so(by_the_same || now.state == state::live || now.state == state::returned, free);
  if (call.heard == step_outcome::used_by_another) return if_so(now.state == state::used && !by_the_same, now);
  return if_so(call.heard == step_outcome::no_issue && now.state == state::none, now);
}

std::optional<issue_now> after_return(const told_call& call, const issue_now& now) {
  const issue_now returned{state::returned, 0};
  const bool may = now.state == state::live || now.state == state::returned;
  if (!call.answered) return may ? returned : now;
  if (call.heard == step_outcome::done) return if_so(may, returned);
  if (call.heard == step_outcome::already_used) return if_so(now.state == state::used, now);
  return if_so(call.heard == step_outcome::no_issue && now.state == state::none, now);
}

std::optional<issue_now> after(const told_call& call, const issue_now& now) {
  switch (call.kind) {
    case what::ask:
      return after_ask(call, now);
    case what::use:
      return after_use(call, now);
    case what::undo_use:
      return after_undo(call, now);
    case what::give_back:
      return after_return(call, now);
    case what::look:
      return if_so(!call.answered || now.state == (call.heard == step_outcome::done ? call.seen : state::none), now);
  }
  return std::nullopt;
}

class search {
 public:
  search(const std::vector<told_call>& calls, const issue_now& in_the_end) : calls_(calls), end_(in_the_end) {}

  bool finds_an_order() { return goes_on(0, {}); }
  bool gave_up() const { return tried_.size() >= positions_max; }
  const told_call* stuck_at() const { return stuck_at_; }

 private:
  bool is_in(std::uint64_t done, std::size_t i) const { return (done >> i & 1) != 0; }

  bool is_the_end(const issue_now& now) const {
    return now.state == end_.state && (end_.order < 0 || now.order == end_.order);
  }

  bool all_answered_in(std::uint64_t done) const {
    for (std::size_t i = 0; i < calls_.size(); ++i)
      if (calls_[i].answered && !is_in(done, i)) return false;
    return true;
  }

  /// Nothing that was answered before this one was sent is still to come, and nothing has come that was sent when
  /// this one had long been done.
  bool may_be_next(std::uint64_t done, std::size_t i) const {
    for (std::size_t j = 0; j < calls_.size(); ++j) {
      if (j == i) continue;
      if (calls_[j].answered && !is_in(done, j) && calls_[j].to < calls_[i].from) return false;
      if (is_in(done, j) && calls_[j].from > calls_[i].to) return false;
    }
    return true;
  }

  bool goes_on(std::uint64_t done, const issue_now& now) {
    if (is_the_end(now) && all_answered_in(done)) return true;
    if (gave_up() || !tried_.insert({done, now}).second) return false;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (is_in(done, i) || !may_be_next(done, i)) continue;
      const auto next = after(calls_[i], now);
      if (!next) {
        if (stuck_at_ == nullptr || calls_[i].from > stuck_at_->from) stuck_at_ = &calls_[i];
      } else if ((calls_[i].answered || *next != now) && goes_on(done | std::uint64_t{1} << i, *next)) {
        return true;
      }
    }
    return false;
  }

  struct position {
    std::uint64_t done;
    issue_now now;
    friend auto operator<=>(const position&, const position&) = default;
  };
  const std::vector<told_call>& calls_;
  const issue_now end_;
  std::set<position> tried_;
  const told_call* stuck_at_ = nullptr;
};

const char* name_of(state s) {
  switch (s) {
    case state::none:
      return "never issued";
    case state::live:
      return "live";
    case state::used:
      return "used";
    case state::returned:
      return "returned";
  }
  return "";
}

std::string text_of(const told_call& call) {
  constexpr const char* kinds[] = {"asking", "use", "undo of use", "return", "look"};
  constexpr const char* heard[] = {"yes", "already used", "used by another", "returned", "no", "overloaded", "nothing"};
  std::string text = kinds[static_cast<int>(call.kind)];
  if (call.order != 0) text += " by order " + std::to_string(call.order);
  text += " at " + std::to_string(call.from) + " to " + std::to_string(call.to) + " was answered ";
  if (call.kind == what::look && call.heard == step_outcome::done) return text + name_of(call.seen);
  return text + heard[static_cast<int>(call.heard)];
}

}  // namespace

std::string why_untrue(const std::vector<told_call>& calls, const issue_now& in_the_end) {
  if (calls.size() > calls_max) return {};
  search orders(calls, in_the_end);
  if (orders.finds_an_order() || orders.gave_up()) return {};
  const std::string end = std::string("in the end it is ") + name_of(in_the_end.state);
  if (orders.stuck_at() == nullptr) return end;
  return text_of(*orders.stuck_at()) + ", which fits to nothing else that was heard; " + end;
}

}  // namespace firstcome::auditor
