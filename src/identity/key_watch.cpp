#include "identity/key_watch.hpp"

#include <utility>

#include "runtime/log.hpp"
#include "runtime/machine.hpp"

namespace firstcome::identity {

namespace log = runtime::log;

key_watch::key_watch(std::shared_ptr<user_tokens> tokens, key_sources sources, options how)
    : tokens_(std::move(tokens)),
      sources_(std::move(sources)),
      fetch_at_(clock::now() + how.fetch_every),
      options_(how),
      thread_([this] { run(); }) {}

void key_watch::read_again() {
  {
    const std::lock_guard held(lock_);
    wanted_ = true;
  }
  changed_.notify_one();
}

// Whoever comes while it is being read, or about to be, waits for that.
key_watch::asked key_watch::read_for_unknown_key(std::function<void()> then) {
  {
    const std::lock_guard held(lock_);
    if (ended_) return asked::too_many_wait;  // nobody knows, and nobody will here
    if (!reading_all_ && !wanted_) {
      if (clock::now() < not_before_) return asked::not_now;
      not_before_ = clock::now() + options_.read_for_unknown_keys_every;
      wanted_ = true;
    }
    if (waiting_.size() >= options_.waiting_max) return asked::too_many_wait;
    waiting_.push_back(std::move(then));
  }
  changed_.notify_one();
  return asked::will_be_read;
}

void key_watch::run() {
  runtime::name_this_thread("users-keys");
  std::unique_lock held(lock_);
  for (;;) {
    changed_.wait_for(held, options_.look_at_files_every, [this] { return wanted_ || ended_; });
    if (ended_) return;
    const bool asked = std::exchange(wanted_, false);
    const bool fetch = asked || (!sources_.origins().jwks_url.empty() && clock::now() >= fetch_at_);
    reading_all_ = fetch;
    held.unlock();
    if (fetch || sources_.files_changed()) read(fetch ? key_sources::which::all : key_sources::which::all_but_url);
    held.lock();
    reading_all_ = false;
    std::vector<std::function<void()>> waited;
    if (fetch) waited = std::exchange(waiting_, {});  // a look at the files alone answers nobody
    held.unlock();
    for (const auto& then : waited) then();
    held.lock();
  }
}

void key_watch::read(key_sources::which some) {
  std::string trouble;
  try {
    sources_.read(some, &ended_);
  } catch (const std::exception& why) {
    trouble = why.what();
  }
  if (some == key_sources::which::all)
    fetch_at_ = clock::now() + (trouble.empty() ? options_.fetch_every : options_.fetch_again_after);
  if (ended_) return;
  try {  // of several sources, what could be read counts
    key_set keys = sources_.keys();
    const std::size_t count = keys.size();
    if (tokens_->use(std::move(keys))) log::info("the keys for users' tokens have changed", {{"keys", count}});
  } catch (const std::exception& why) {
    trouble = why.what();
  }
  if (!trouble.empty()) log::error("keys for users' tokens stay as they were", {{"reason", trouble}});
}

void key_watch::close() {
  {
    const std::lock_guard held(lock_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
  std::vector<std::function<void()>> waited;
  {
    const std::lock_guard held(lock_);
    waited = std::exchange(waiting_, {});
  }
  for (const auto& then : waited) then();
}

}  // namespace firstcome::identity
