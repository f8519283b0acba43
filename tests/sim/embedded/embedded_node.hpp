#pragma once

// The embedded shape's node: the real issuer, writer and gates over the real SQLite ledger, on a disk that can lose
// power, fail and fill up. The writer's thread is a fiber here, and a commit takes time.

#include <deque>

#include "gate/memory/gate_table.hpp"
#include "issuing/embedded/issuer.hpp"
#include "issuing/embedded/writer.hpp"
#include "ledger/sqlite/ledger.hpp"
#include "sim/engine/process.hpp"
#include "sim/engine/trace.hpp"
#include "sim/history/node_front.hpp"
#include "sim/history/planted.hpp"
#include "support/fault_vfs.hpp"

namespace firstcome::sim {

class embedded_node {
 public:
  /// `draft`: the one coupon, which is there from the beginning.
  embedded_node(timeline& time, trace& lines, random_source random, const coupon_draft& draft, planted bug);
  ~embedded_node();

  process& self() { return self_; }
  coupon_id coupon() const { return coupon_; }

  /// Starts on what is on the disk. When it cannot, or ends by itself, it is started again soon.
  void start();
  /// The process ends now; with the power, what was not synced is lost in part.
  void kill(bool power_too);
  /// At the n-th operation of the disk from now on the process ends, and the power with it or not.
  void end_at_operation(std::uint64_t n, bool power_too);
  void fail_write_at(std::uint64_t n);
  void fail_sync_at(std::uint64_t n);
  void fill_disk(bool full);
  void slow_disk(microseconds at_most) { commit_at_most_ = at_most; }

  void issue(user_id user, crowd::reply answer);
  void take(const life_call& call, holders::reply answer);
  void change(const coupon_change& what, std::function<void(result<firstcome::coupon>)> done);

  /// Why it ended, when nothing that went wrong explains that.
  const std::vector<std::string>& unexplained_ends() const { return unexplained_; }

  bool serving() const { return self_.alive() && now_ != nullptr; }
  /// What a start on this disk finds.
  struct books {
    firstcome::coupon coupon;
    std::vector<issue_record> issues;
  };
  books read_books() const;

 private:
  class slow_writer;
  class fiber_writer;
  struct living;

  void run_writer();
  void broke(const std::string& why);
  testing::fault_disk* disk();

  timeline& time_;
  trace& lines_;
  random_source random_;
  process self_;
  const planted bug_;
  coupon_id coupon_{};
  testing::disk_image image_;  // while it does not run
  microseconds commit_at_most_{};
  bool disk_is_full_ = false;
  bool power_goes_too_ = false;  // when the disk's operations end
  std::vector<std::string> unexplained_;
  std::unique_ptr<living> now_;
};

}  // namespace firstcome::sim
