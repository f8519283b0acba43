#pragma once

// The call of scripts/admit.lua: what is sent for a batch of users, and what came back. Pure, and on the API's hot
// path: nothing is allocated for a user once the buffers have grown.
//
// Thread safety: one thread each.

#include <array>
#include <span>
#include <string>
#include <vector>

#include "domain/error.hpp"
#include "domain/issue.hpp"
#include "gate/redis/keys.hpp"
#include "queue/queue_entry.hpp"
#include "redis/reply.hpp"

namespace firstcome::gate {

inline constexpr std::size_t admit_users_max = queue::entry_users_max;

/// Keys and arguments of one call. They stand in buffers of this object until the next `set`.
class admit_arguments {
 public:
  explicit admit_arguments(std::string_view prefix);

  /// `users`: 1 to admit_users_max, each once. `backlog_max`: how many may wait for the ledger.
  void set(coupon_id coupon, epoch_number epoch, std::int64_t backlog_max, std::span<const user_id> users);

  const std::vector<std::string_view>& keys() const { return keys_; }
  const std::vector<std::string_view>& args() const { return args_; }

 private:
  void add(std::int64_t number);

  gate_keys names_;
  std::string digits_;  // never grows past its capacity, so that the views into it stay
  std::vector<std::string_view> keys_;
  std::vector<std::string_view> args_;
};

/// What a script of the API nodes came to.
enum class gate_answer : std::uint8_t {
  decided,
  missing,        // there is no gate here: never built, flushed, lost. Surely nothing happened
  closed,         // being rebuilt, not confirmed for this Redis, or of another epoch. Surely nothing happened
  retired,        // its users are gone: the ledger answers. Surely nothing happened
  refused,        // by Redis: memory, disk, replicas, rights. Surely nothing happened
  not_understood  // an answer that the script does not give: unknown whether it happened
};

/// Names one lineage of Redis' data in few bytes: FNV-1a (Fowler, Noll, Vo) over its run_id.
constexpr std::uint64_t lineage_number(std::string_view run_id) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : run_id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// What a gate cannot change while everybody whom it let in stays in: who was in at one look is in at the next, if both
/// looks name the same.
struct gate_identity {
  epoch_number epoch = 0;
  std::int64_t config_version = 0;
  std::uint64_t lineage = 0;  // a fail-over to a replica that was behind keeps the epoch, and forgets the last who came
  friend bool operator==(const gate_identity&, const gate_identity&) = default;
};

/// What a look at the gate says, as far as a sold-out lease is granted by it.
struct lease_terms {
  epoch_number epoch = 0;
  std::int64_t config_version = 0;
  bool sold_out = false;      // nobody new can get in with this configuration; the window is open, and it is not paused
  bool change_ahead = false;  // an operator announced a change: no lease may be held or renewed
  timestamp now;              // by the gate's clock, in whole milliseconds
  timestamp window_end;
  std::uint64_t lineage = 0;

  gate_identity identity() const { return {epoch, config_version, lineage}; }
  friend bool operator==(const lease_terms&, const lease_terms&) = default;
};

struct admit_outcome {
  gate_answer what = gate_answer::not_understood;
  epoch_number open_epoch = 0;  // when closed: the epoch that is open and confirmed here, to ask again with. 0: none
  lease_terms terms;            // when decided
};

/// What the gate said of each user, errc::overloaded: surely not admitted, the backlog is at its bound.
using admit_decisions = std::vector<result<issue_decision>>;

/// `decisions` gets one for each of the `users` that were sent, in their order, when decided; else it is empty.
admit_outcome decode_admit(redis::reply_view reply, coupon_id coupon, epoch_number epoch,
                           std::span<const user_id> users, admit_decisions& decisions);

/// The beginning that the replies of admit and lease have in common: anything but `decided` is complete with it.
admit_outcome decode_beginning(redis::reply_view reply);

}  // namespace firstcome::gate
