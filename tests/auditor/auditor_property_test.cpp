// Whatever happens to an honest coupon, the judge accuses nobody; and a lie told about any history is seen.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <random>

#include "auditor/auditor.hpp"
#include "auditor/honest_coupon.hpp"

namespace firstcome::auditor {
namespace {

std::string told(const scene& s) {
  std::string all;
  for (const broken_promise& b : audit(s.history, s.final_books, s.given))
    all += "promise " + std::to_string(b.promise) + ": " + b.what + "\n";
  return all;
}

disturbances drawn_disturbances() {
  const auto up_to = [](int n) { return *rc::gen::inRange(0, n + 1); };
  return {.users = 1 + up_to(40),
          .requests = up_to(120),
          .quantity = up_to(15),
          .losses = up_to(3),
          .quantity_changes = up_to(4),
          .pauses = up_to(3),
          .window_changes = up_to(3),
          .silences = up_to(2)};
}

// Each case is a hundred histories, so that a run sees ten thousand.
RC_GTEST_PROP(auditor_property, accuses_nobody_of_anything_in_honest_histories, ()) {
  const disturbances with = drawn_disturbances();
  const auto first = *rc::gen::resize(1'000'000, rc::gen::inRange<std::uint32_t>(0, 1'000'000'000));
  for (std::uint32_t seed = first; seed < first + 100; ++seed) {
    RC_LOG() << "seed " << seed << "\n";
    RC_ASSERT(told(honest_scene(seed, with)) == "");
  }
}

/// Changes the history so that this promise is surely broken; answers false where the history has no room for it.
class liar {
 public:
  liar(scene& s, std::uint32_t seed) : scene_(s), random_(seed) {}

  bool lie(int promise) {
    switch (promise) {
      case 1:
        return one_in(2) ? one_too_many() : one_too_many_for_a_while();
      case 2:
        return one_in(2) ? a_row_twice() : a_place_told_to_two();
      case 3:
        return a_yes_without_row();
      case 4:
        return left_over();
      case 5:
        return ++scene_.final_books.issued_quantity > 0;
      case 6:
        return a_no_after_a_yes();
      case 7:
        return swapped_places();
      case 8:
        return one_in(4)   ? sold_out_too_early()
               : one_in(3) ? started_twice()
               : one_in(2) ? ended_before()
                           : pause_of_nobody();
      case 9:
        return a_winner_told_nothing_was_done();
      case 10:
        return one_in(2) ? an_answer_too_late() : nothing_for_too_long();
    }
    return false;
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }
  instant_ns last_loss() const {
    instant_ns last = std::numeric_limits<instant_ns>::min();
    for (const loss& l : scene_.given.gate_lost_at) last = std::max(last, l.to);
    return last;
  }
  static instant_ns after_everything() { return 1'000'000; }
  std::vector<request*> all_of(outcome what) {
    std::vector<request*> found;
    for (request& q : scene_.history)
      if (q.what == what && q.invoked_at >= last_loss()) found.push_back(&q);
    return found;
  }
  request* any(outcome what) {
    const auto found = all_of(what);
    return found.empty() ? nullptr : found[random_() % found.size()];
  }
  void hear(std::int64_t user, instant_ns at, outcome what) {
    scene_.history.push_back({.user = user, .invoked_at = at, .answered_at = at + 1, .what = what});
  }

  bool one_too_many() {
    auto& books = scene_.final_books;
    if (books.rows.empty()) return false;
    books.total_quantity = static_cast<std::int32_t>(books.rows.size()) - 1;
    return true;
  }
  bool settled() const {
    const auto& changes = scene_.given.quantity_changes;
    return std::all_of(changes.begin(), changes.end(), [](const auto& one) { return one.answered_at != never; });
  }
  // An operator lowers in the end, is not refused, and raises again.
  bool one_too_many_for_a_while() {
    const request* told_yes = any(outcome::yes);
    if (told_yes == nullptr || !settled()) return false;
    auto& given = scene_.given;
    const auto total = scene_.final_books.total_quantity;
    if (given.quantity_changes.empty()) given.first_total = total;
    const instant_ns at = after_everything();
    given.quantity_changes.push_back({.invoked_at = at, .answered_at = at + 1, .total = told_yes->sequence - 1});
    given.quantity_changes.push_back({.invoked_at = at + 9, .answered_at = at + 10, .total = total});
    return true;
  }
  // In an epoch, whichever, or to one whose place no loss took.
  bool a_place_told_to_two() {
    std::vector<request> told_yes;
    for (const request& q : scene_.history)
      if (q.what == outcome::yes && !lost_something(q.invoked_at, q.answered_at)) told_yes.push_back(q);
    if (told_yes.empty()) return false;
    request also = told_yes[random_() % told_yes.size()];
    also.user = 999;
    if (is_survivor(told_yes.front().user)) {
      also.invoked_at = after_everything();
      also.answered_at = after_everything() + 1;
      also.sequence = told_yes.front().sequence;
    }
    scene_.history.push_back(also);
    return true;
  }
  bool lost_something(instant_ns from, instant_ns to) const {
    const auto& losses = scene_.given.gate_lost_at;
    return std::any_of(losses.begin(), losses.end(), [&](const loss& l) { return l.from <= to && l.to >= from; });
  }
  bool is_survivor(std::int64_t user) const {
    const auto& survivors = scene_.given.survivors;
    return std::find(survivors.begin(), survivors.end(), user) != survivors.end();
  }
  bool a_row_twice() {
    auto& rows = scene_.final_books.rows;
    if (rows.empty()) return false;
    row again = rows[random_() % rows.size()];
    if (one_in(2)) again.user = 999;
    rows.push_back(again);
    return true;
  }
  bool a_yes_without_row() {
    const request* told_yes = any(outcome::yes);
    if (told_yes == nullptr) return false;
    const std::int64_t user = told_yes->user;
    std::erase_if(scene_.final_books.rows, [&](const row& r) { return r.user == user; });
    return true;
  }
  // Somebody new hears "sold out" in the end, as the last of as many as there are places; the last place stays empty.
  bool left_over() {
    auto& books = scene_.final_books;
    if (!settled()) return false;
    if (!books.total_quantity || books.rows.empty()) return false;
    books.rows.pop_back();
    for (int i = 0; i < *books.total_quantity; ++i) hear(1'000 + i, after_everything(), outcome::sold_out);
    return true;
  }
  bool a_no_after_a_yes() {
    const request* told_yes = any(outcome::yes);
    if (told_yes == nullptr) return false;
    hear(told_yes->user, after_everything(), one_in(2) ? outcome::sold_out : outcome::ended);
    return true;
  }
  // Two who never asked at the same time change places, in all that was said and written.
  bool swapped_places() {
    const auto winners = all_of(outcome::yes);
    auto first_winners = winners;
    for (request& q : scene_.history)
      if (q.what == outcome::yes && is_survivor(q.user)) first_winners.push_back(&q);
    std::shuffle(first_winners.begin(), first_winners.end(), random_);
    for (const request* a : first_winners)
      for (const request* b : winners) {
        if (!asked_after(b->user, a->answered_at)) continue;
        const std::int64_t early = a->user;
        const std::int64_t late = b->user;
        const std::int32_t low = a->sequence;
        const std::int32_t high = b->sequence;
        const auto change = [&](auto& of) {
          if (of.user == early && of.sequence == low)
            of.sequence = high;
          else if (of.user == late && of.sequence == high)
            of.sequence = low;
        };
        for (request& q : scene_.history) change(q);
        for (row& r : scene_.final_books.rows) change(r);
        return true;
      }
    return false;
  }
  bool asked_after(std::int64_t user, instant_ns at) const {
    return std::all_of(scene_.history.begin(), scene_.history.end(),
                       [&](const request& q) { return q.user != user || q.invoked_at > at; });
  }
  bool sold_out_too_early() {
    if (scene_.final_books.total_quantity == 0 || scene_.given.first_total == 0) return false;
    hear(999, -1'000'000, outcome::sold_out);
    return true;
  }
  bool started_twice() {
    if (!scene_.given.window_changes.empty()) return false;
    const request* told_yes = any(outcome::yes);
    if (told_yes == nullptr || !asked_after(told_yes->user, last_loss())) return false;
    hear(999, std::max(told_yes->answered_at, last_loss()) + 1, outcome::not_started);
    return true;
  }
  bool ended_before() {
    if (!scene_.given.window_changes.empty()) return false;
    const request* told_yes = any(outcome::yes);
    if (told_yes == nullptr || !asked_after(told_yes->user, last_loss() + 3)) return false;
    instant_ns first = told_yes->invoked_at;
    for (const request& q : scene_.history)
      if (q.user == told_yes->user) first = std::min(first, q.invoked_at);
    hear(999, first - 2, outcome::ended);
    return true;
  }
  bool pause_of_nobody() {
    scene_.given.pauses.clear();
    hear(999, 500, outcome::paused);
    return true;
  }
  bool a_winner_told_nothing_was_done() {
    const auto& rows = scene_.final_books.rows;
    if (rows.empty()) return false;
    const std::int64_t winner = rows[random_() % rows.size()].user;
    for (request& q : scene_.history)
      if (q.user == winner) q.what = outcome::overloaded;
    return true;
  }
  bool an_answer_too_late() {
    request* slow = any(outcome::overloaded);
    if (slow == nullptr) return false;
    slow->answered_at = slow->invoked_at + *scene_.given.answer_within_ns + 1;
    return true;
  }
  bool nothing_for_too_long() {
    scene_.history.push_back({.user = 999,
                              .invoked_at = after_everything(),
                              .answered_at = after_everything() + *scene_.given.answer_within_ns + 1});
    return true;
  }

  scene& scene_;
  std::mt19937 random_;
};

RC_GTEST_PROP(auditor_property, sees_a_lie_about_each_promise_in_any_history, ()) {
  const disturbances with = drawn_disturbances();
  const auto seed = *rc::gen::resize(1'000'000, rc::gen::inRange<std::uint32_t>(0, 1'000'000'000));
  for (int promise = 1; promise <= 10; ++promise)
    for (std::uint32_t s = seed; s < seed + 10; ++s) {
      scene lied_about = honest_scene(s, with);
      if (!liar(lied_about, s).lie(promise)) continue;
      RC_LOG() << "seed " << s << ", promise " << promise << "\n";
      const auto found = audit(lied_about.history, lied_about.final_books, lied_about.given);
      RC_ASSERT(std::any_of(found.begin(), found.end(), [&](const auto& b) { return b.promise == promise; }));
    }
}

// A real crowd's size; no speed is asserted, `--gtest_filter=*million*` shows it.
TEST(auditor_property, judges_a_million_requests) {
  constexpr int requests = 1'000'000;
  constexpr std::int32_t total = 200'000;
  std::vector<request> history;
  books final_books{.total_quantity = total, .issued_quantity = total};
  std::mt19937 random(7);
  for (std::int32_t i = 0; i < requests; ++i) {
    const std::int64_t user = random() % (std::int64_t{1} << 40) * requests + i;
    const bool in = i < total;
    history.push_back({.user = user,
                       .invoked_at = i,
                       .answered_at = i + 500,
                       .what = in ? outcome::yes : outcome::sold_out,
                       .sequence = in ? i + 1 : 0});
    if (in) final_books.rows.push_back({user, i + 1});
  }
  std::shuffle(history.begin(), history.end(), random);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(audit(history, final_books), ::testing::IsEmpty());
  std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() << " s\n";
}

}  // namespace
}  // namespace firstcome::auditor
