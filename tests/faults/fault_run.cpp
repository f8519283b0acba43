#include "faults/fault_run.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <thread>

#include "faults/distributed_world.hpp"
#include "faults/embedded_world.hpp"
#include "faults/other_versions.hpp"
#include "faults/return_desk.hpp"
#include "faults/shopkeeper.hpp"
#include "faults/verdict_bound.hpp"
#include "support/eventually.hpp"
#include "support/promise_audit.hpp"

namespace firstcome::faults {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto generous = 60s;
constexpr auto short_of_it = 5s;  // once a promise is broken: then the rest is looked at, and not waited for
/// A run that is not over so long after its last fault hangs: about five times what a healthy one takes on a busy
/// machine.
constexpr auto verdict_within = 8min;
/// The nodes' request timeout, and a busy machine.
constexpr auto answers_within = 2s + 10s;
constexpr const char* release_program = FIRSTCOME_SOURCE_DIR "/build/release/firstcome";
/// A request that a stalled link holds back, then a paused node, then another link, may be carried out that late.
constexpr auditor::instant_ns settles_after_ns = 25'000'000'000;

class fault_run {
 public:
  fault_run(shape which, std::uint64_t seed, const schedule_options& options, std::ostream& say)
      : which_(which), say_(say), world_(make_world(which)), schedule_(draw_schedule(seed, world_->menu(), options)) {}

  run_report run() {
    const verdict_bound bound(to_text(which_), schedule_.length + verdict_within, say_);
    step_ = &bound;
    say_ << to_text(which_) << ", " << to_text(schedule_);
    for (const std::string& one : world_->remarks()) say_ << one << "\n";
    say_ << std::flush;
    shopkeeper keeper(shop_, world_->doors(), world_->admin_token(), schedule_.seed + 1);
    if (!testing::eventually(generous, [this] { return !shop_.offers().empty(); }))
      throw std::runtime_error("no coupon can be opened");
    return_desk desk(world_->doors(), world_->admin_token(), schedule_.seed + 3);
    steady_crowd crowd(shop_, world_->doors(), {.asks_a_second = asks_a_second(), .seed = schedule_.seed + 2},
                       [&desk](const testing::issue_ask& given) { desk.told(given); });
    step_->now("the faults");
    endure_all();
    step_->now("the recovery");
    await_recovery(crowd);
    step_->now("the last move");
    move_once_more(crowd);
    step_->now("the shopkeeper's end");
    if (!keeper.close_within(patience())) broken("a paused coupon could not be resumed");
    report_.changes = keeper.changes();
    step_->now("the returns");
    const std::size_t at_the_desk = desk.close_within(patience());
    if (at_the_desk > 0) broken(std::to_string(at_the_desk) + " returns have no answer long after everything is well");
    report_.returned = desk.returned();
    step_->now("the last round of the crowd");
    const std::size_t unanswered = crowd.everybody_asks_again(patience());
    if (unanswered > 0) broken(std::to_string(unanswered) + " users still know nothing long after everything is well");
    count(crowd.history());
    judge(crowd.history(), desk);
    judge_waiting(crowd.history());
    step_->now("the audits, and the nodes' ends");
    for (const std::string& one : world_->wrong_in_the_end()) broken(one);
    if (!report_.broken.empty()) keep_evidence(crowd.history());
    return std::move(report_);
  }

 private:
  /// The embedded node takes more, and needs it: its log must run over before a full disk is felt.
  int asks_a_second() const { return which_ == shape::embedded ? 1'500 : 700; }

  /// Said at once: what comes afterwards may take its time, or follow from it.
  void broken(const std::string& what) {
    report_.broken.push_back(what);
    say_ << "BROKEN: " << what.substr(0, what.find('\n')) << std::endl;
  }

  std::chrono::milliseconds patience() const { return report_.broken.empty() ? generous : short_of_it; }

  /// Each fault happens when it is due. On a slow machine, or while its target is on its way up, later: but it happens.
  void endure_all() {
    const auto start = clock::now();
    std::vector<fault> waiting = schedule_.faults;
    std::vector<endured_fault> active;
    while (clock::now() < start + schedule_.length || !waiting.empty() || !active.empty()) {
      std::erase_if(active, [this](endured_fault& one) { return end_when_over(one); });
      std::erase_if(waiting, [&](const fault& one) {
        return start + one.begins <= clock::now() && begin_when_possible(one, start + one.begins + generous, active);
      });
      world_->tend();
      std::this_thread::sleep_for(1ms);
    }
    report_.faults = endured_.size();
    report_.ends_for_want = world_->ends_for_want();
  }

  bool begin_when_possible(const fault& what, steady_time at_the_latest, std::vector<endured_fault>& active) {
    const bool busy = std::any_of(active.begin(), active.end(),
                                  [&](const endured_fault& one) { return one.what.target == what.target; });
    if (!busy && world_->can_begin(what)) {
      const auto began = clock::now();
      world_->begin(what);
      active.push_back({.what = what, .began = began, .doors = world_->doors_behind(what.target)});
      return true;
    }
    if (clock::now() < at_the_latest) return false;
    broken("its target was not there for a minute: " + to_text(what) + "\n" + world_->logs());
    return true;
  }

  bool end_when_over(endured_fault& one) {
    if (one.began + one.what.lasts > clock::now()) return false;
    one.ended = clock::now();
    world_->end(one.what);
    endured_.push_back(one);
    return true;
  }

  /// Until each fault has seen a new coupon given out after its end.
  void await_recovery(const steady_crowd& crowd) {
    if (!world_->up_within(patience()))
      broken("not everything is up again a minute after the last fault\n" + world_->logs());
    const auto recovered = [&](const endured_fault& one) {
      const auto gives = [&](std::size_t door) { return crowd.last_success_at(door) >= one.ended; };
      if (one.what.kind == fault_kind::move) return std::all_of(one.doors.begin(), one.doors.end(), gives);
      return std::any_of(one.doors.begin(), one.doors.end(), gives);
    };
    const bool all = testing::eventually(patience(), [&] {
      world_->tend();
      return std::all_of(endured_.begin(), endured_.end(), recovered);
    });
    if (all) return;
    for (const endured_fault& one : endured_)
      if (!recovered(one)) broken(nothing_given_since(one, crowd));
  }

  /// A node that is started anew after a move looks the names up anyhow. So the stores move once more when no node is
  /// killed any more: each has to find them by itself.
  void move_once_more(const steady_crowd& crowd) {
    const std::vector<fault_choice>& menu = world_->menu();
    const auto move =
        std::find_if(menu.begin(), menu.end(), [](const auto& one) { return one.kind == fault_kind::move; });
    if (move == menu.end() || !report_.broken.empty()) return;
    endured_fault last{.what = {.kind = move->kind, .target = move->target, .begins = schedule_.length, .lasts = 500ms},
                       .began = clock::now(),
                       .doors = world_->doors_behind(move->target)};
    world_->begin(last.what);
    std::this_thread::sleep_for(last.what.lasts);
    last.ended = clock::now();
    world_->end(last.what);
    endured_.push_back(last);
    await_recovery(crowd);
  }

  std::string nothing_given_since(const endured_fault& one, const steady_crowd& crowd) const {
    const std::vector<std::int64_t> asked_for = shop_.coupons_from(shop_.sold_out);
    std::ostringstream text;
    text << std::fixed << std::setprecision(1) << "recovery: no new coupon was given out within "
         << seconds_since(one.ended) << " s of the end of: " << to_text(one.what);
    if (!asked_for.empty()) text << "; the crowd asks for coupon " << asked_for.front();
    for (const std::size_t door : one.doors) {
      const steady_time last = crowd.last_success_at(door);
      text << "; api-" << door << " gave its last one ";
      last == steady_time() ? text << "never" : text << seconds_since(last) << " s ago";
    }
    return text.str();
  }

  static double seconds_since(steady_time then) { return std::chrono::duration<double>(clock::now() - then).count(); }

  void count(const std::vector<heard>& history) {
    report_.recoveries.add(endured_, history);
    report_.answers = history.size();
    report_.offers = shop_.offers().size();
    report_.sold_out = shop_.sold_out;
    for (const heard& one : history) {
      report_.coupons_given += one.answer.status == 201 || one.answer.status == 202;
      report_.unknown += one.answer.status == 0 || one.answer.code == "unavailable";
      report_.overloaded += one.answer.code == "overloaded";
    }
  }

  void judge(const std::vector<heard>& history, const return_desk& desk) {
    std::map<std::int64_t, std::vector<testing::issue_answer>> of_coupon;
    for (const heard& one : history) of_coupon[one.answer.ask.coupon].push_back(one.answer);
    const auto began = clock::now();
    for (const auto& [coupon, answers] : of_coupon) {
      step_->now("the drain of coupon " + std::to_string(coupon));
      const auto within = patience();
      if (!world_->drained(coupon, within))
        broken("promise 3: coupon " + std::to_string(coupon) + " has not drained within " +
               std::to_string(within.count() / 1000) + " s: who was told yes is not in the ledger");
    }
    step_->now("the judge");
    report_.drained_s = std::chrono::duration<double>(clock::now() - began).count();
    const testing::ledger_rows rows = world_->rows();
    for (const offer& one : shop_.offers()) {
      auditor::assumptions given = one.told;
      given.unknown_settles_after_ns = settles_after_ns;
      given.answer_within_ns = settles_after_ns;
      given.silences = whenever_a_fault_was_felt();
      given.restocks = one.restocks;
      if (const auto steps = desk.steps().find(one.coupon); steps != desk.steps().end()) given.steps = steps->second;
      for (const auditor::loss& lost : world_->gate_lost_at())
        if (one.opened_at.time_since_epoch().count() <= lost.to) given.gate_lost_at.push_back(lost);
      for (const std::string& what : testing::broken_promises(of_coupon[one.coupon], rows, one.coupon, given))
        broken("coupon " + std::to_string(one.coupon) + ": " + what);
    }
  }

  std::vector<auditor::disturbance> whenever_a_fault_was_felt() const {
    std::vector<auditor::disturbance> all;
    for (const endured_fault& one : endured_)
      all.push_back({one.began.time_since_epoch().count(), (one.ended + answers_within).time_since_epoch().count()});
    return all;
  }

  /// Promise 10 once more, for each door by itself: faults excuse whom they keep waiting, and no longer than until the
  /// last of them is over.
  void judge_waiting(const std::vector<heard>& history) {
    std::size_t kept_waiting = 0;
    for (const heard& one : history) {
      const auto waited = one.answer.answered - undisturbed_since(one);
      report_.longest_wait_s = std::max(report_.longest_wait_s, std::chrono::duration<double>(waited).count());
      kept_waiting += waited > answers_within;
    }
    if (kept_waiting > 0)
      broken("promise 10: " + std::to_string(kept_waiting) + " requests had no answer in time, the longest for " +
             std::to_string(report_.longest_wait_s) + " s, and no fault was under way at their doors");
  }

  steady_time undisturbed_since(const heard& one) const {
    steady_time since = one.answer.invoked;
    for (const endured_fault& each : endured_)
      if (each.began < one.answer.answered && std::count(each.doors.begin(), each.doors.end(), one.door) > 0)
        since = std::max(since, each.ended);
    return std::min(since, one.answer.answered);
  }

  /// What everybody heard, one answer a line, with times counted in ms from the first fault's beginning: and the
  /// faults.
  void keep_evidence(const std::vector<heard>& history) {
    const std::filesystem::path folder = std::filesystem::path(FIRSTCOME_BINARY).parent_path() / "faults";
    std::filesystem::create_directories(folder);
    report_.evidence = folder / (std::string(to_text(which_)) + "-" + std::to_string(schedule_.seed) + ".tsv");
    std::ofstream out(report_.evidence);
    const auto zero = endured_.empty() ? clock::now() : endured_.front().began;
    const auto ms = [zero](steady_time t) { return std::chrono::duration<double, std::milli>(t - zero).count(); };
    for (const endured_fault& one : endured_)
      out << "fault\t" << ms(one.began) << "\t" << ms(one.ended) << "\t" << to_text(one.what) << "\n";
    for (const auto& [answer, door] : history)
      out << "answer\t" << ms(answer.invoked) << "\t" << ms(answer.answered) << "\t" << answer.ask.coupon << "\t"
          << answer.ask.user << "\t" << answer.status << "\t" << answer.code << "\t" << answer.sequence << "\t" << door
          << "\n";
    for (const std::string& what : report_.broken) out << "broken\t" << what << "\n";
    out << world_->logs();
  }

  const shape which_;
  std::ostream& say_;
  const verdict_bound* step_ = nullptr;  // of run(), while it runs
  const std::unique_ptr<world> world_;
  const fault_schedule schedule_;
  shop shop_;
  std::vector<endured_fault> endured_;
  run_report report_;
};

}  // namespace

std::string_view to_text(shape which) {
  switch (which) {
    case shape::embedded:
      return "embedded";
    case shape::distributed:
      return "distributed";
    case shape::galera:
      return "galera";
  }
  return "?";
}

std::unique_ptr<world> make_world(shape which) {
  if (which == shape::embedded) return std::make_unique<embedded_world>();
  return std::make_unique<distributed_world>(which == shape::galera);
}

run_report endure(shape which, std::uint64_t seed, const schedule_options& options, std::ostream& say) {
  return fault_run(which, seed, options, say).run();
}

std::string replay_command(shape which, std::uint64_t seed, const schedule_options& options) {
  std::ostringstream text;
  if (testing::firstcome_program() != FIRSTCOME_BINARY && testing::firstcome_program() != release_program)
    text << "FIRSTCOME_TEST_BINARY=" << testing::firstcome_program() << " ";
  if (const char* const other = std::getenv(other_versions::variable); other != nullptr && which == shape::distributed)
    text << other_versions::variable << "=" << other << " ";
  text << "./dev faults --shape " << to_text(which) << " --seed " << seed << " --seconds "
       << std::chrono::duration_cast<std::chrono::seconds>(options.length).count();
  if (options.mean_gap != schedule_options().mean_gap) text << " --gap-ms " << options.mean_gap.count();
  if (testing::firstcome_program() == release_program) text << " --release";
  return text.str();
}

void use_release_program() {
  setenv("FIRSTCOME_TEST_BINARY", release_program, 1);
}

std::string summary(const run_report& report) {
  std::ostringstream text;
  text << report.faults << " faults, " << report.ends_for_want << " ends for want, " << report.answers << " answers ("
       << report.coupons_given << " new coupons, " << report.unknown << " unknown, " << report.overloaded
       << " overloaded, " << report.returned << " returned), " << report.offers << " coupons (" << report.sold_out
       << " sold out, " << report.changes << " changes), longest wait " << std::fixed << std::setprecision(1)
       << report.longest_wait_s << " s";
  return text.str();
}

}  // namespace firstcome::faults
