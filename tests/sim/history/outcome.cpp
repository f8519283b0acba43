#include "sim/history/outcome.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "sim/distributed/distributed_world.hpp"
#include "sim/embedded/embedded_world.hpp"

namespace firstcome::sim {

bool outcome_of_history::breaks(int promise) const {
  return std::any_of(broken.begin(), broken.end(), [&](const auto& one) { return one.promise == promise; });
}

void outcome_of_history::add(std::vector<auditor::broken_promise> by_the_judge,
                             const std::vector<auditor::broken_promise>& noticed) {
  broken = by_the_judge;
  broken.insert(broken.end(), noticed.begin(), noticed.end());
  accused = std::move(by_the_judge);
}

namespace {

/// What goes wrong here on purpose is nobody's news.
class quiet_log {
 public:
  quiet_log() { spdlog::set_level(spdlog::level::off); }
  ~quiet_log() { spdlog::set_level(before_); }

 private:
  spdlog::level::level_enum before_ = spdlog::get_level();
};

}  // namespace

outcome_of_history happen(const plan& p, how_to_run how) {
  const quiet_log quiet;
  try {
    return p.shape == shape::embedded ? embedded_world(p, how).run() : distributed_world(p, how).run();
  } catch (const std::exception& escaped) {
    outcome_of_history verdict;
    verdict.broken.push_back({0, std::string("something escaped: ") + escaped.what()});
    return verdict;
  }
}

}  // namespace firstcome::sim
