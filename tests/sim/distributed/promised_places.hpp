#pragma once

// Who was told which place, and must therefore have it in the end, also when Redis or the ledger lost something: the
// simulation sees what survives a loss anywhere, where a client can only guess.
//
// Thread safety: one thread.

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "auditor/auditor.hpp"
#include "sim/distributed/store_link.hpp"

namespace firstcome::sim {

class promised_places {
 public:
  promised_places(const timeline& time, const store_servers& servers) : time_(time), servers_(servers) {}

  void begin(coupon_id coupon) { coupon_ = coupon; }
  /// A client was told.
  void note(user_id user, sequence_number sequence, instant asked_at);
  /// Redis or the ledger went back, just now.
  void lost();
  /// To be called now and then: a loss may last until somebody notices it.
  void look();

  bool none_lost() const { return losses_.empty(); }
  /// A sentence for each that is not kept by these rows.
  std::vector<std::string> not_kept(const testing::sim_coupon_rows& rows) const;
  void add_to(auditor::assumptions& to) const;

 private:
  struct survivors {
    std::map<sequence_number, user_id> places;
    bool contradiction = false;  // the ledger has what the gate has not: they are of two histories
  };
  survivors what_survives() const;

  struct loss {
    instant from, to;
  };

  const timeline& time_;
  const store_servers& servers_;
  coupon_id coupon_{};
  std::map<user_id, sequence_number> promised_;
  std::set<user_id> bereft_;  // who were promised a place that was lost
  std::vector<loss> losses_;
  /// A ledger of another history came back under a gate that goes on until somebody notices: what it lets in meanwhile
  /// is lost too. The gate's epoch until then.
  std::optional<epoch_number> contradicted_;
};

}  // namespace firstcome::sim
