#include "identity/signature_checker.hpp"

#include <utility>

namespace firstcome::identity {
namespace {
constexpr unsigned turns_for_suspects = 8;  // one in so many
}

signature_checker::signature_checker(limits most) : most_(most) {
  for (std::size_t n = 0; n < most_.threads; ++n) threads_.emplace_back([this] { run(); });
}

bool signature_checker::has_room_now(line in) const {
  if (closed_) return false;
  return in == line::usual ? usual_.size() < most_.waiting_max : suspects_.size() < most_.suspects_max;
}

bool signature_checker::has_room(line in) const {
  const std::lock_guard held(lock_);
  return has_room_now(in);
}

bool signature_checker::take(line in, std::shared_ptr<signature_check> check) {
  {
    const std::lock_guard held(lock_);
    if (!has_room_now(in)) return false;
    (in == line::usual ? usual_ : suspects_).push_back(std::move(check));
  }
  changed_.notify_one();
  return true;
}

// With the lock held, and somebody waiting.
std::shared_ptr<signature_check> signature_checker::next() {
  const bool suspects_turn = ++turn_ % turns_for_suspects == 0;
  waiting_line& from = usual_.empty() || (suspects_turn && !suspects_.empty()) ? suspects_ : usual_;
  std::shared_ptr<signature_check> check = std::move(from.front());
  from.pop_front();
  return check;
}

void signature_checker::run() {
  std::unique_lock held(lock_);
  for (;;) {
    changed_.wait(held, [this] { return closed_ || !usual_.empty() || !suspects_.empty(); });
    if (closed_) return;
    const std::shared_ptr<signature_check> check = next();
    held.unlock();
    check->done(!check->wanted() ? checked::not_done : check->run() ? checked::good : checked::bad);
    held.lock();
  }
}

void signature_checker::close() {
  waiting_line left;
  {
    const std::lock_guard held(lock_);
    closed_ = true;
    left = std::exchange(usual_, {});
    left.insert(left.end(), std::make_move_iterator(suspects_.begin()), std::make_move_iterator(suspects_.end()));
    suspects_.clear();
  }
  changed_.notify_all();
  for (std::thread& one : threads_)
    if (one.joinable()) one.join();
  for (const auto& check : left) check->done(checked::not_done);
}

}  // namespace firstcome::identity
