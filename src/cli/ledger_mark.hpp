#pragma once

// Whose Redis it is. The first node leaves the ledger's identity there, under the prefix; a node with another ledger
// must not touch those gates: it would take a stranger's for an older one of its own, and issue by its configuration.
// The identity is when the ledger's schema was made, to the microsecond: it moves with a backup that is restored.
//
// Nodes of versions before this one neither leave a mark nor look for one.
// Thread safety: one thread; the watch has one of its own.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "cli/store_options.hpp"

namespace firstcome::cli {

class ledger_mark {
 public:
  explicit ledger_mark(const store_options& stores) : stores_(stores) {}

  enum class finding : std::uint8_t {
    ours,
    unknown,    // a store does not answer
    another_s,  // Redis belongs to another ledger
  };
  /// Leaves the mark where there is none. A connection for each store, for as long as it takes.
  finding look();
  /// Leaves none: Redis is `ours` as long as nobody else's mark is there. Never `unknown`: throws what a store says
  /// that does not answer.
  finding look_only();
  /// After `another_s`: a sentence that says what to do.
  std::string refusal() const;

 private:
  enum class where_none_is : std::uint8_t { leave_ours, leave_none };
  finding read(where_none_is what);

  const store_options stores_;
  std::optional<std::string> ledger_;  // once it was read
  std::string found_;
};

/// Throws std::runtime_error when Redis belongs to another ledger. True: it is ours; false: a store does not answer.
bool check_ledger_mark(const store_options& stores);

/// For commands that are no nodes, before they touch gates: throws when Redis belongs to another ledger, and when that
/// cannot be read. Leaves no mark.
void refuse_a_strangers_redis(const store_options& stores);

/// Goes on looking: until the stores have been seen together, and then now and then, for a Redis that was emptied.
class ledger_mark_watch {
 public:
  /// `on_another_s`: called on the watch's thread when the first look that both stores answer finds another ledger's
  /// mark; a later one is only logged, since the gates that are there are this node's.
  ledger_mark_watch(const store_options& stores, bool seen, std::function<void(const std::string&)> on_another_s);
  ~ledger_mark_watch();

 private:
  void work();

  ledger_mark mark_;
  bool seen_;
  const std::function<void(const std::string&)> on_another_s_;
  std::mutex lock_;  // guards stopping_
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Ends the process: what a node does when it finds itself at a stranger's Redis.
[[noreturn]] void leave_a_strangers_redis(const std::string& why);

}  // namespace firstcome::cli
