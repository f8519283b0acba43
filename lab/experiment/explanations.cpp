#include "lab/experiment/explanations.hpp"

#include <algorithm>

namespace firstcome::lab {

const std::vector<explanation>& explanations() {
  static const std::vector<explanation> all = {
      {"sync-unsafe", "A transaction reads the coupon, checks, inserts the issue and writes the count plus one back.",
       "Breaks. Two transactions that overlap read the same count, so both find room and both write the same new "
       "count: "
       "one coupon more is out, and the count has missed it. As the count stays behind, \"sold out\" comes far too "
       "late. "
       "A transaction promises all or nothing; it does not promise that nobody else reads meanwhile. Two requests of "
       "one "
       "user that overlap both find no row of theirs, too: a duplicate."},
      {"sync-mutex-in-tx", "The same, with a mutex of the process around reading and writing, inside the transaction.",
       "Breaks, though only one thread at a time reads and writes: the mutex is released before the commit, and until "
       "the commit nobody else can see what was written. The next thread takes the mutex at once and reads the old "
       "count. In Java this is a synchronized block inside a method with @Transactional."},
      {"sync-mutex", "The mutex is taken before the transaction begins and released after it was committed.",
       "Holds on one server: there is no moment at which two transactions overlap. Breaks on two: each process has a "
       "mutex of its own, and the two know nothing of each other. So a test on one machine is green, and the second "
       "server in production breaks it."},
      {"sync-redis-lock",
       "A lock in Redis, one for each coupon, around the whole transaction: owner token, watchdog, pub/sub wake-up.",
       "Holds on any number of servers, as long as the lease does. A holder that is paused past its lease (a long "
       "garbage collection, a stopped machine) does not know that it lost the lock; the watchdog and the look at the "
       "lease before the commit make that gap small, and nothing on the client's side closes it. It costs two more "
       "round trips, each with a sync of Redis' disk, while everybody waits."},
      {"sync-db-lock", "SELECT … FOR UPDATE on the coupon's row, then the same.",
       "Holds. The lock is where the data is: the database hands the row to the next transaction when this one has "
       "committed, and a lock cannot outlive its transaction. Everybody waits for one row, each holding a connection: "
       "the commit's sync is the speed limit."},
      {"async-lock-zset",
       "A Redis lock, and under it a sorted set: ZSCORE, ZCARD, ZADD NX with the arrival time, then RPUSH to a queue.",
       "Holds, while the lease does. The gate is in memory and the database is out of the way, but each admission is "
       "six round trips under a lock. The sorted set's order is paid for and not needed: the lock has put everybody "
       "in order already."},
      {"async-lock-set", "The same on a plain set: SISMEMBER, SCARD, SADD, RPUSH.",
       "Holds, while the lease does. The set costs less memory than the sorted set; the lock costs the same."},
      {"async-script", "The four steps on the set as one script, one user a call.",
       "Holds, and needs no lock: Redis runs one script at a time, so nothing comes between the checks and the writes. "
       "One round trip instead of six. What is accepted stands in a list, and a worker that dies between popping an "
       "entry and writing it loses it: the next step is a queue that cannot."},
      {"async-batch",
       "firstcome's own gate: all users that wait go to Redis in one script call; a log whose offset commits with the "
       "rows; workers move it into the database in batches.",
       "Holds, also across crashes of any process. Batches form by themselves, so one round trip and one sync serve "
       "hundreds."},
      {"embedded", "firstcome serve: gate in memory, one writer, one sync of SQLite for each batch.",
       "Holds, also across crashes. No other service, and one machine: the lock on its data folder keeps a second "
       "process out, so it is not run on two servers."},
  };
  return all;
}

const explanation* explanation_of(std::string_view strategy) {
  const auto& all = explanations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& e) { return e.strategy == strategy; });
  return found == all.end() ? nullptr : &*found;
}

bool should_hold(std::string_view strategy, int servers) {
  if (strategy == "sync-unsafe" || strategy == "sync-mutex-in-tx") return false;
  return strategy != "sync-mutex" || servers == 1;
}

}  // namespace firstcome::lab
