#include "identity/token_watch.hpp"

#include "runtime/log.hpp"
#include "runtime/machine.hpp"

namespace firstcome::identity {

namespace log = runtime::log;

token_watch::token_watch(std::shared_ptr<operator_tokens> tokens, std::chrono::milliseconds look_every)
    : tokens_(std::move(tokens)), look_every_(look_every), thread_([this] { run(); }) {}

token_watch::~token_watch() {
  {
    const std::lock_guard held(lock_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void token_watch::read_again() {
  {
    const std::lock_guard held(lock_);
    asked_ = true;
  }
  changed_.notify_one();
}

void token_watch::run() {
  runtime::name_this_thread("operator-tokens");
  std::unique_lock held(lock_);
  for (;;) {
    changed_.wait_for(held, look_every_, [this] { return asked_ || ended_; });
    if (ended_) return;
    const bool asked = std::exchange(asked_, false);
    held.unlock();
    if (asked || tokens_->has_changed()) read();
    held.lock();
  }
}

void token_watch::read() {
  try {
    tokens_->read_again();
    log::info("read the operators' tokens again", {{"file", tokens_->file().string()}, {"tokens", tokens_->size()}});
  } catch (const std::exception& why) {
    log::error("the operators' tokens stay as they were", {{"reason", why.what()}});
  }
}

}  // namespace firstcome::identity
