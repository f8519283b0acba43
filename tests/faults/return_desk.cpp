#include "faults/return_desk.hpp"

#include "support/coupon_operations.hpp"
#include "support/eventually.hpp"
#include "support/http_client.hpp"
#include "support/operator_log.hpp"

namespace firstcome::faults {
namespace {

using auditor::step_outcome;

constexpr std::size_t clerks = 6;  // a return waits for a lease: several of a coupon share it
constexpr std::size_t waiting_max = 60;
constexpr int one_of = 10;

step_outcome outcome_of(const testing::http_response& answer) {
  if (answer.status == 200 && answer.text("status") == "returned") return step_outcome::done;
  if (answer.status == 404) return step_outcome::no_issue;
  if (answer.status == 503 && answer.text("code") == "overloaded") return step_outcome::overloaded;
  return step_outcome::unknown;
}

}  // namespace

return_desk::return_desk(std::vector<std::uint16_t> doors, std::string admin_token, std::uint64_t seed)
    : doors_(std::move(doors)), admin_token_(std::move(admin_token)), random_(seed) {
  for (std::size_t n = 0; n < clerks; ++n) threads_.emplace_back([this, n, seed] { work(seed + n); });
}

return_desk::~return_desk() {
  over_ = true;
  close_within({});
  for (std::thread& one : threads_)
    if (one.joinable()) one.join();
}

void return_desk::told(const testing::issue_ask& given) {
  const std::scoped_lock lock(mutex_);
  if (closing_ || waiting_.size() >= waiting_max || random_() % one_of != 0) return;
  waiting_.push_back(given);
  changed_.notify_one();
}

std::size_t return_desk::close_within(std::chrono::milliseconds time) {
  {
    const std::scoped_lock lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  const auto at_the_desk = [this] {
    const std::scoped_lock lock(mutex_);
    return waiting_.size() + busy_;
  };
  testing::eventually(time, [&] { return at_the_desk() == 0; });
  const std::size_t left = at_the_desk();
  over_ = true;
  for (std::thread& one : threads_)
    if (one.joinable()) one.join();
  return left;
}

void return_desk::work(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
    if (waiting_.empty() || over_) return;
    const testing::issue_ask which = waiting_.front();
    waiting_.pop_front();
    ++busy_;
    lock.unlock();
    bool knows = false;
    while (!knows && !over_) {
      knows = give_back(which, doors_[random() % doors_.size()]);
      if (!knows) std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 300));
    }
    lock.lock();
    --busy_;
  }
}

bool return_desk::give_back(const testing::issue_ask& which, std::uint16_t door) {
  auditor::life_step step{
      .user = which.user, .kind = auditor::step_kind::give_back, .invoked_at = testing::history_now()};
  testing::http_client client(door, admin_token_);
  const testing::http_response answer =
      client.post(testing::issue_path(which.coupon, which.user) + "/return", R"({"reason":"given back"})");
  step.answered_at = testing::history_now();
  step.what = outcome_of(answer);
  const std::scoped_lock lock(mutex_);
  steps_[which.coupon].push_back(step);
  returned_ += step.what == step_outcome::done;
  // Redis may have forgotten them, and their row is not there yet: then nobody knows of an issue, and that is an
  // answer.
  return step.what == step_outcome::done || step.what == step_outcome::no_issue;
}

}  // namespace firstcome::faults
