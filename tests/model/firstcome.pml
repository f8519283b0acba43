/* The distributed protocol of firstcome: gate, queue, ledger, workers, confirm, rebuild, operator's changes, and every way
 * in which Redis, the ledger and our own processes may fail. README.md says how to read a result; `check` runs it.
 *
 * One coupon, three users (1, 2, 3), a quantity of two. What looks like a simplification, and is none:
 *  - A set of (user, sequence) is one byte, two bits for each sequence: AT(set, s) is the user who has sequence s.
 *  - The queue of an epoch needs no variable of its own. A script call writes the users and their entry together, so the
 *    queue holds exactly the sequences trim + 1 … size(users). Likewise the id of an entry is its sequence.
 *  - An API node holds nothing but what it believes (epoch, run), and its script compares that with the gate. So `api`,
 *    which asks for any user at any moment, stands for any number of nodes, however slow. A batch is a number of
 *    single admissions that happen not to be interrupted.
 *  - A worker that reads a part of the queue does what one does that read it all, earlier, when there was no more.
 *  - A process that dies forgets its local variables, its transaction is rolled back, and it starts anew (`crash`).
 *    A commit whose reply is lost is a crash after the commit.
 *
 * Every step that the real processes take over the network is one step here: others may come between any two steps. */

#include "scenario.pml"

#define AT(set, s)  (((set) >> (2 * ((s) - 1))) & 3)
#define ENTRY(u, s) ((u) << (2 * ((s) - 1)))
#define SIZE(set)   ((set) == 0 -> 0 : ((set) < 4 -> 1 : ((set) < 16 -> 2 : 3)))
#define HAS(set, u) (AT(set, 1) == (u) || AT(set, 2) == (u) || AT(set, 3) == (u))
#define SEQUENCE_OF(set, u) (AT(set, 1) == (u) -> 1 : (AT(set, 2) == (u) -> 2 : (AT(set, 3) == (u) -> 3 : 0)))
#define UP_TO(set, s)    ((set) & ((1 << (2 * (s))) - 1))
#define DIFFERS(a, b, s) (AT(a, s) != 0 && AT(b, s) != 0 && AT(a, s) != AT(b, s))
#define CONTRADICT(a, b) (DIFFERS(a, b, 1) || DIFFERS(a, b, 2) || DIFFERS(a, b, 3))
#define MISSING(a, b, s) (AT(a, s) != 0 && AT(b, s) != AT(a, s))
#define WITHIN(a, b)     (!MISSING(a, b, 1) && !MISSING(a, b, 2) && !MISSING(a, b, 3))
#define MAX(a, b)   ((a) > (b) -> (a) : (b))
#define MIN(a, b)   ((a) < (b) -> (a) : (b))

/* ---- state -------------------------------------------------------------------------------------------------------- */

/* What Redis holds: the three keys of a coupon. epoch 0: there is no meta. `old` is users:<source>, the last epoch that
 * was open, from its fence until the next gate opens. `back`: how much of `total` came back to the pool. `told`: the
 * record of sequence 1, in `users` or in `old`, says that its user returned it. */
typedef gate_data {
  byte epoch; bool open; byte run_id;
  byte total; byte version; bool lowering;
  byte users; byte trim; byte old; byte issued; byte back; byte told
};
gate_data gate;
gate_data replica[2];
byte run_id = 1;  /* the identity of the Redis that answers now: another one after each restart and promotion */

/* What the database holds. `dead`: the sequences (a bit each) that are open dead letters and not rows; `rows` holds
 * both. `returned`: those whose users gave them back to the pool; their rows stay. `epoch` is in coupons and in
 * issue_cursors, always written together; `last` and `run` are the cursor's. */
typedef ledger_data {
  byte rows; byte dead; byte returned; byte count; byte total; byte version;
  byte epoch; byte last; byte run_id
};
ledger_data ledger;
ledger_data backup;
ledger_data no_ledger;  /* what stands in a copy that nobody needs any more */
gate_data no_gate;
byte lock = 0;      /* who holds the row lock of the coupon's cursor: a process number, or 0 */
bool session = 0;   /* changes when the ledger was restored: connections from before are broken */

byte known = 0;     /* users 1 to `known` have been in; the next newcomer is known + 1: users differ by nothing else */
byte promised = 0;  /* what users were told and Redis has not lost since: only the judge looks at it */
byte taken_back = 0;  /* the sequences whose users were told that their return is done, and it is known somewhere */
byte forgotten = 0;   /* a ledger went back to before a return of which the gate was not told: nobody knows of it */

#define BITS(set) (((set) & 1) + (((set) >> 1) & 1) + (((set) >> 2) & 1))
/* The last sequence that may be given: a place that was returned is given again under the next sequence. */
#define LIMIT (ledger.total + BITS(ledger.returned))

#define NOBODY 0
#define HOLDING (lock == _pid)

/* ---- the judge ---------------------------------------------------------------------------------------------------- */

/* After every commit: promises 1, 2 and 5; and no row contradicts what somebody was told (3, 6). */
inline judge_ledger() {
  assert(SIZE(ledger.rows) <= LIMIT);
  assert(SIZE(ledger.rows) - BITS(ledger.returned) <= ledger.total);  /* the live ones */
  assert((ledger.returned & ledger.dead) == 0);
  assert(ledger.total == TOTAL || RAISES + LOWERINGS > 0 || forgotten);  /* nobody but an operator makes it more or less */
  assert(AT(ledger.rows, 1) == 0 || (AT(ledger.rows, 1) != AT(ledger.rows, 2) && AT(ledger.rows, 1) != AT(ledger.rows, 3)));
  assert(AT(ledger.rows, 2) == 0 || AT(ledger.rows, 2) != AT(ledger.rows, 3));
  assert(ledger.count == (AT(ledger.rows, 1) != 0) + (AT(ledger.rows, 2) != 0) + (AT(ledger.rows, 3) != 0)
         - BITS(ledger.dead) - BITS(ledger.returned));
  assert(!CONTRADICT(ledger.rows, promised))
}

/* A user hears "yes, sequence s": it is the one heard before (6), nobody else was told it or has it (2, 3). */
inline judge_yes(u, s) {
  assert(AT(promised, s) == 0 || AT(promised, s) == u);
  assert(SEQUENCE_OF(promised, u) == 0 || SEQUENCE_OF(promised, u) == s);
  assert(AT(ledger.rows, s) == 0 || AT(ledger.rows, s) == u);
  promised = promised | ENTRY(u, s)
}

/* Redis or the ledger lost something: what neither holds any more is excused. Everything else must still be issued.
 * What stands in a gate that was never opened is a copy of the ledger and counts for nothing. */
#define RECORD  (gate.open -> gate.users : gate.old)
inline note_forgotten() { forgotten = forgotten | (RESTORES > 0 -> gate.back & ~gate.told & ~ledger.returned & 1 : 0) }
#define KEPT(s) (AT(promised, s) == 0 || AT(ledger.rows, s) == AT(promised, s) || AT(RECORD, s) == AT(promised, s))
inline excuse() {
  promised = promised & ((KEPT(1) -> 3 : 0) | (KEPT(2) -> 12 : 0) | (KEPT(3) -> 48 : 0));
  note_forgotten();
  taken_back = taken_back & (ledger.returned | gate.told)
}

inline clear_copies() {
  copy_ledger(backup, no_ledger); copy_gate(replica[0], no_gate); copy_gate(replica[1], no_gate)
}

/* ---- Redis: what its scripts check and do (each runs alone) -------------------------------------------------------- */

/* Is the gate the one that was confirmed? The script reads its own identity; it does not take the caller's word. */
#define GATE_IS_OPEN (gate.epoch != 0 && gate.open && (is(no_run_id) || gate.run_id == run_id))
#define HAS_ROOM     (SIZE(gate.users) < gate.total && SIZE(gate.users) - gate.issued < BACKLOG)

/* Writes the configuration, upward only: one that was delayed changes nothing. */
inline set_configuration(total_, version_, back_) {
  if
  :: gate.epoch != 0 && (version_ > gate.version || is(set_unconditionally)) ->
    gate.total = total_; gate.version = version_; gate.back = back_; gate.lowering = false; note_forgotten()
  :: else
  fi
}

inline fence(mine) {
  if
  :: gate.epoch < mine || (is(epoch_reused) && gate.epoch == mine) ->
    if
    :: gate.open || is(fence_forgets) -> gate.old = gate.users
    :: else
    fi;
    gate.epoch = mine; gate.open = false; gate.users = 0; gate.trim = 0; gate.issued = 0
  :: else
  fi
}

inline clear_gate() {
  gate.epoch = 0; gate.open = false; gate.run_id = 0; gate.total = 0; gate.version = 0; gate.lowering = false;
  gate.users = 0; gate.trim = 0; gate.old = 0; gate.issued = 0; gate.back = 0; gate.told = 0
}

inline copy_gate(to, from) {
  to.epoch = from.epoch; to.open = from.open; to.run_id = from.run_id; to.total = from.total; to.version = from.version;
  to.lowering = from.lowering; to.users = from.users; to.trim = from.trim; to.old = from.old; to.issued = from.issued; to.back = from.back; to.told = from.told
}

inline copy_ledger(to, from) {
  to.rows = from.rows; to.dead = from.dead; to.returned = from.returned; to.count = from.count; to.total = from.total; to.version = from.version;
  to.epoch = from.epoch; to.last = from.last; to.run_id = from.run_id
}

/* ---- API nodes ---------------------------------------------------------------------------------------------------- */

/* Asking is possible when it changes something: a place is free, or the user has one and has not heard of it yet.
 * A reply may always be lost. */
#define MAY_ENTER(u) (u <= known + 1 && GATE_IS_OPEN && HAS_ROOM && !HAS(gate.users, u))
#define MAY_HEAR(u)  (GATE_IS_OPEN && HAS(gate.users, u) && SEQUENCE_OF(promised, u) == 0)
/* The mistake: a call of a slow node is admitted by the keys of the epoch that it believes in, fenced or not. */
#define MAY_ENTER_LATE(u) (is(script_ignores_epoch) && u <= known + 1 && \
                           !gate.open && gate.old != 0 && SIZE(gate.old) < gate.total && !HAS(gate.old, u))

inline answer(u, s) {
  if
  :: printf("MSC: user %d hears: accepted, sequence %d\n", u, s); judge_yes(u, s)
  :: printf("MSC: user %d is in with sequence %d; the reply is lost\n", u, s)
  fi
}

inline ask(u) {
  if
  :: MAY_ENTER(u) ->
    gate.users = gate.users | ENTRY(u, SIZE(gate.users) + 1); known = MAX(known, u);
    answer(u, SIZE(gate.users))
  :: MAY_HEAR(u) ->
    printf("MSC: user %d asks again: sequence %d\n", u, SEQUENCE_OF(gate.users, u));
    judge_yes(u, SEQUENCE_OF(gate.users, u))
  :: MAY_ENTER_LATE(u) ->
    gate.old = gate.old | ENTRY(u, SIZE(gate.old) + 1); known = MAX(known, u);
    answer(u, SIZE(gate.old))
  fi
}

active proctype api() {
end:
  do
  :: atomic { MAY_ENTER(1) || MAY_HEAR(1) || MAY_ENTER_LATE(1) -> ask(1) }
  :: atomic { MAY_ENTER(2) || MAY_HEAR(2) || MAY_ENTER_LATE(2) -> ask(2) }
  :: atomic { MAY_ENTER(3) || MAY_HEAR(3) || MAY_ENTER_LATE(3) -> ask(3) }
  od
}

/* ---- workers ------------------------------------------------------------------------------------------------------ */

#define POPULATION(set) ((AT(set, 1) != 0) + (AT(set, 2) != 0) + (AT(set, 3) != 0))

/* Something to read: the cursor and the gate agree on epoch, run and configuration, and the queue goes on after the cursor. */
#define LOG_GOES_ON (gate.epoch != 0 && gate.epoch == ledger.epoch && gate.version == ledger.version && \
                     (ledger.run_id == run_id || is(worker_ignores_run) || is(worker_reads_in_vain)) && \
                     gate.trim <= ledger.last && SIZE(gate.users) > ledger.last)

/* Under the row lock: is the cursor still the one that this batch was read for? */
#define CURSOR_FITS (ledger.last == from && \
                     (ledger.epoch == epoch || is(worker_ignores_epoch)) && \
                     (ledger.run_id == read_run || is(worker_ignores_run)) && \
                     (session == read_session || is(batch_outlives_session)))

inline forget_batch() { epoch = 0; read_run = 0; from = 0; batch = 0; read_session = 0 }

proctype worker() {
  byte epoch, read_run, from, batch;  /* what was read, and for which cursor */
  bool read_session;
end_idle:
  do
  :: atomic { LOG_GOES_ON ->
      epoch = gate.epoch; read_run = run_id; from = ledger.last; batch = gate.users; read_session = session;
      printf("MSC: worker %d reads %d to %d (epoch %d, run %d)\n", _pid, from + 1, SIZE(batch), epoch, read_run) }
    if
    :: atomic { lock == NOBODY ->
        if
        :: CURSOR_FITS ->
          assert(!CONTRADICT(ledger.rows, batch));  /* the unique keys would refuse a row: an alarm that must not be */
          batch = batch & ~UP_TO(batch, from);
          ledger.rows = ledger.rows | batch;
          ledger.count = ledger.count + POPULATION(batch);
          if
          :: DEAD_LETTERS && ledger.dead == 0 ->  /* the server refuses the first row for its data */
            ledger.dead = 1 << from; ledger.count--
          :: true
          fi;
          judge_ledger();
          if
          :: !is(cursor_outside) -> ledger.last = SIZE(ledger.rows)
          :: else
          fi;
          printf("MSC: worker %d commits up to %d\n", _pid, SIZE(ledger.rows));
          batch = SIZE(ledger.rows)
        :: else -> printf("MSC: worker %d: the cursor moved, batch discarded\n", _pid); batch = 0
        fi }
    :: goto progress_crash
    fi;
    if
    :: batch == 0
    :: batch != 0 && is(cursor_outside) ->
      if
      :: atomic { lock == NOBODY -> ledger.last = batch }
      :: goto progress_crash
      fi
    :: batch != 0 && !is(cursor_outside) ->
      if
      :: d_step { true ->  /* XTRIM and meta.issued; a message to a Redis that is gone is lost */
          if
          :: run_id == read_run && gate.epoch == epoch ->
            if :: TRIMS -> gate.trim = MAX(gate.trim, batch) :: else fi;
            if :: BACKLOG < TOTAL -> gate.issued = MAX(gate.issued, batch) :: else fi
          :: else
          fi }
      :: goto progress_crash
      fi
    fi;
    d_step { forget_batch() }
  /* Idle, the worker repairs what another one left when it died between its commit and this. */
  :: d_step { BACKLOG < TOTAL && !is(issued_forgotten) && GATE_IS_OPEN && gate.epoch == ledger.epoch &&
              ledger.run_id == run_id && gate.issued < ledger.last && SIZE(gate.users) >= ledger.last ->
      gate.issued = ledger.last }
  :: atomic { DEAD_LETTERS && ledger.dead != 0 && lock == NOBODY ->
      ledger.dead = 0; ledger.count++; judge_ledger(); printf("MSC: dead letter replayed\n") }
  od;
progress_crash:
  atomic { printf("MSC: worker %d dies\n", _pid); forget_batch() }
  goto end_idle
}

/* ---- confirm and rebuild ------------------------------------------------------------------------------------------- */

/* What a node or a worker sees, and then confirms or rebuilds. The last line: also when the queue is empty. */
#define NEEDS_RECOVERY (gate.epoch != ledger.epoch || gate.epoch == 0 || !gate.open || \
                    gate.run_id != run_id || ledger.run_id != run_id || \
                    gate.version != ledger.version || gate.lowering || \
                    SIZE(gate.users) < ledger.last || \
                    (gate.trim > ledger.last && (SIZE(gate.users) > gate.trim || !is(no_idle_compare))))

/* May the gate be confirmed as it is? Same epoch; of the lineage that the ledger last confirmed; nothing missing; and the
 * ledger did not go back to before a configuration that the gate knows: it has forgotten more than that. */
#define OF_THE_LINEAGE (gate.run_id == ledger.run_id || ledger.run_id == run_id || is(no_lineage))
#define CHAINS         (SIZE(gate.users) >= ledger.last && gate.trim <= ledger.last)
#define CONFIRMABLE    (gate.epoch != 0 && gate.open && gate.epoch == ledger.epoch && OF_THE_LINEAGE && \
                        (CHAINS || is(no_chain_check)) && (gate.version <= ledger.version || is(confirms_what_went_back)))

#define WITHOUT_DEAD(set) \
  ((set) & ~(((ledger.dead & 1) -> 3 : 0) | ((ledger.dead & 2) -> 12 : 0) | ((ledger.dead & 4) -> 48 : 0)))

/* The gate was told that the first user returned it, and the ledger has forgotten. */
inline take_back() {
  if
  :: told && AT(copy, 1) != 0 && AT(ledger.rows, 1) == AT(copy, 1) && ((ledger.returned | ledger.dead) & 1) == 0 &&
     !is(drain_forgets_returns) ->
    ledger.returned = ledger.returned | 1; ledger.count--; printf("MSC: the ledger learns of the return of sequence 1\n")
  :: else
  fi
}

/* One user of the drained set: next in sequence, no row yet, within the total, the gate's or the ledger's. At the first
 * misfit the drain ends. Who was let in is kept, if the operator's total has to be more for it. */
inline drain_next(s) {
  if
  :: SIZE(ledger.rows) == s - 1 && AT(copy, s) != 0 && !HAS(ledger.rows, AT(copy, s)) && s <= limit ->
    ledger.total = MAX(ledger.total, s - BITS(ledger.returned));
    ledger.rows = ledger.rows | (copy & ENTRY(3, s));
    ledger.count++;
    take_back();
    printf("MSC: drained: user %d, sequence %d\n", AT(copy, s), s)
  :: else
  fi
}

inline stamp() {
  d_step {
    if
    :: run_id == identity && gate.epoch == mine && gate.open ->
      gate.run_id = identity; set_configuration(total, version, back);
      printf("MSC: %d stamps run %d\n", _pid, identity)
    :: else
    fi }
}

/* A step of a rebuild on Redis goes to the Redis that was fenced, or nowhere. */
#define SAME_REDIS (run_id == identity || is(open_blindly))

inline forget_attempt() {
  lock = (HOLDING -> NOBODY : lock);
  mine = 0; identity = 0; total = 0; version = 0; copy = 0; rebuilding = false; lowering = false; my_session = 0;
  limit = 0; back = 0; told = 0
}

/* Under the lock: two configurations never share a number. A lowering that died is numbered past. A gate whose version
 * is higher knows what the ledger knew before it went back: the ledger takes it over, or what was accepted under a
 * higher total could never be issued. What came back to the pool is no operator's total. (`total`, `version` and `back`
 * are the gate's here, and the ledger's afterwards.) */
inline bump_config_version() {
  limit = 0;
  if
  :: version > ledger.version ->
    limit = total;
    if
    :: is(restored_total_wins)
    :: is(limit_taken_for_total) -> ledger.total = total - BITS(ledger.returned)
    :: !is(restored_total_wins) && !is(limit_taken_for_total) ->
      ledger.total = MAX(total - back, SIZE(ledger.rows) - BITS(ledger.returned))
    fi;
    ledger.version = version + 1
  :: version == ledger.version && lowering -> ledger.version = version + 1
  :: else
  fi;
  total = LIMIT; version = ledger.version; back = BITS(ledger.returned);
  limit = (is(restored_total_wins) -> LIMIT : MAX(limit, LIMIT))
}

#define WITHOUT_RETURNED(set) \
  ((set) & ~(((ledger.returned & 1) -> 3 : 0) | ((ledger.returned & 2) -> 12 : 0) | ((ledger.returned & 4) -> 48 : 0)))

proctype recoverer() {
  byte mine, identity, total, version, copy, limit, back, told;
  bool rebuilding, lowering, my_session;
end_idle:
  do
  /* The lock, then a look at the gate: Redis may change after it, the ledger may not (unless the lock is lost). */
  :: atomic { NEEDS_RECOVERY && lock == NOBODY && (CONFIRMABLE || MAX(ledger.epoch, gate.epoch) < EPOCHS) ->
      lock = _pid; identity = run_id; my_session = session; mine = MAX(ledger.epoch, gate.epoch);
      rebuilding = !CONFIRMABLE; total = gate.total; version = gate.version; lowering = gate.lowering; back = gate.back }
    if
    :: rebuilding -> goto rebuild
    :: else
    fi;

    /* Confirm. First the ledger: from this commit on, batches read from another run are void. */
    if
    :: is(stamp_before_commit) ->
      d_step { total = LIMIT; version = ledger.version; back = BITS(ledger.returned) };
      stamp()
    :: else
    fi;
    if
    :: atomic { HOLDING ->
        ledger.run_id = identity;
        bump_config_version(); lock = NOBODY;
        printf("MSC: %d confirms run %d\n", _pid, identity) }
    :: !HOLDING -> goto done
    :: goto progress_crash
    fi;
    /* Then the gate. */
    if
    :: stamp()
    :: goto progress_crash
    fi;
    goto done;

rebuild:
    /* 1. An epoch of one's own, in the coupon and in its cursor: no batch of an older epoch commits any more. */
    if
    :: atomic { HOLDING ->
        mine = MAX(mine + (is(epoch_reused) -> 0 : 1), 1); ledger.epoch = mine; lock = NOBODY;
        printf("MSC: %d rebuilds: epoch %d on run %d\n", _pid, mine, identity) }
    :: !HOLDING -> goto done
    :: goto progress_crash
    fi;
    if
    :: is(drain_before_fence) -> d_step { copy = (gate.open -> gate.users : gate.old) }
    :: else
    fi;
    /* 2. The fence: from here nothing is admitted. */
    if
    :: d_step { true ->
        if
        :: SAME_REDIS -> fence(mine)
        :: else
        fi }
    :: goto progress_crash
    fi;
    /* 3. Drain what the last open epoch admitted. */
    if
    :: d_step { SAME_REDIS && gate.epoch == mine ->
        copy = (is(drain_before_fence) -> copy : (is(no_drain) -> 0 : gate.old));
        total = gate.total; version = gate.version; lowering = gate.lowering; back = gate.back; told = gate.told }
    :: d_step { !(SAME_REDIS && gate.epoch == mine) -> forget_attempt() }
      goto end_idle
    :: goto progress_crash
    fi;
    if
    :: atomic { lock == NOBODY && ledger.epoch == mine && session == my_session ->
        take_back();
        bump_config_version();
        drain_next(1); drain_next(2); drain_next(3);
        total = LIMIT; back = BITS(ledger.returned);
        judge_ledger();
        ledger.last = SIZE(ledger.rows); ledger.run_id = identity;
        /* What step 4 loads is read here: rows and open dead letters in one snapshot. */
        copy = (is(load_forgets_dead_letters) -> WITHOUT_DEAD(ledger.rows) :
                (is(load_forgets_returned) -> WITHOUT_RETURNED(ledger.rows) : ledger.rows)) }
    :: atomic { lock == NOBODY && !(ledger.epoch == mine && session == my_session) -> goto done }
    :: goto progress_crash
    fi;
    /* 4. Load. */
    if
    :: d_step { true ->
        if
        :: SAME_REDIS && gate.epoch == mine && !gate.open ->
          gate.users = copy; gate.trim = SIZE(copy); gate.issued = (BACKLOG < TOTAL -> SIZE(copy) : 0);
          gate.told = back; set_configuration(total, version, back)
        :: else
        fi }
    :: goto progress_crash
    fi;
    /* 5. Open, 6. unlink. Only the Redis that was fenced, drained from and loaded, and only if all is there. */
    if
    :: d_step { true ->
        if
        :: (run_id == identity && gate.users == copy || is(open_blindly)) && gate.epoch == mine && !gate.open ->
          gate.open = true; gate.run_id = run_id; gate.old = 0;
          printf("MSC: %d opens epoch %d on run %d\n", _pid, mine, run_id)
        :: else
        fi }
    :: goto progress_crash
    fi;
done:
    atomic { forget_attempt() }
  od;
progress_crash:
  atomic { printf("MSC: recoverer %d dies\n", _pid); forget_attempt() }
  goto end_idle
}

/* ---- the operator --------------------------------------------------------------------------------------------------- */

#define MAY_LOCK (lock == NOBODY || is(operator_takes_no_lock))
#define LOCKED   (HOLDING || is(operator_takes_no_lock))
#define RELEASE  (is(operator_takes_no_lock) -> lock : NOBODY)

/* Every change begins with the lock and a look at the gate: one whose version is higher is confirmed first. */
#define MAY_CHANGE (ledger.epoch != 0 && gate.version <= ledger.version)

/* By one more. The ledger first: a gate that does not know it yet is merely too strict. */
#if RAISES > 0  /* what a scenario does not have is not even compiled: it saves seconds */
proctype raise() {
  byte total, version, back;
  if
  :: atomic { MAY_LOCK && MAY_CHANGE -> lock = (is(operator_takes_no_lock) -> lock : _pid) }
  :: goto finished
  fi;
  if
  :: is(raise_gate_first) -> d_step { set_configuration(LIMIT + 1, ledger.version + 1, BITS(ledger.returned)) }
  :: else
  fi;
  if
  :: atomic { LOCKED ->
      ledger.total++; ledger.version++; total = LIMIT; version = ledger.version; back = BITS(ledger.returned); lock = RELEASE;
      printf("MSC: the ledger says %d (version %d)\n", total, version) }
  :: !LOCKED -> goto finished
  :: goto finished
  fi;
  if
  :: d_step { set_configuration(total, version, back) }
  :: goto finished
  fi;
finished:
  atomic { lock = (HOLDING -> NOBODY : lock); total = 0; version = 0; back = 0 }
}
#endif

/* The first user gives the coupon back, and its place to the pool. The ledger first, as for a raise: the row is marked, the
 * count falls, and what was returned rises, in one transaction, with the next version. The gate is told the limit, a number
 * that never falls, so it may be told twice, late, or by whoever confirms the gate after a crash. The row and the gate's
 * record stay: the user's late retry finds them, and is not let in again. */
#if RETURNS > 0
#define MAY_RETURN (GATE_IS_OPEN && gate.epoch == ledger.epoch && ledger.run_id == run_id && gate.version == ledger.version && \
                    AT(ledger.rows, 1) != 0 && (ledger.dead & 1) == 0)

proctype give_back() {
  byte total, version;
  if
  :: atomic { MAY_LOCK && MAY_RETURN -> lock = (is(operator_takes_no_lock) -> lock : _pid) }
  :: goto finished
  fi;
  if
  :: is(return_gate_first) -> d_step { set_configuration(LIMIT + 1, ledger.version + 1, BITS(ledger.returned) + 1) }
  :: else
  fi;
  if
  :: atomic { LOCKED && ((ledger.returned & 1) == 0 || is(return_counts_again)) ->
      ledger.returned = ledger.returned | 1; ledger.count--;
      if :: is(return_keeps_version) :: !is(return_keeps_version) -> ledger.version++ fi;
      total = LIMIT; version = ledger.version; lock = RELEASE; judge_ledger();
      printf("MSC: the ledger has the return of sequence 1 (version %d)\n", version) }
  :: atomic { LOCKED && (ledger.returned & 1) != 0 && !is(return_counts_again) ->  /* asked again */
      total = LIMIT; version = ledger.version; lock = RELEASE }
  :: !LOCKED -> goto finished
  :: goto finished
  fi;
  if
  :: d_step { true ->
      if
      :: is(return_told_as_step) && gate.epoch != 0 -> gate.total++; gate.version = MAX(gate.version, version)
      :: else -> set_configuration(total, version, 1)
      fi }
  :: goto finished
  fi;
  /* The user's record; then the answer. */
  if
  :: d_step { GATE_IS_OPEN && gate.epoch == ledger.epoch && AT(gate.users, 1) != 0 ->
      gate.told = 1; taken_back = taken_back | (ledger.returned & 1);
      printf("MSC: the user hears that the return is done\n") }
  :: goto finished
  fi;
finished:
  atomic { lock = (HOLDING -> NOBODY : lock); total = 0; version = 0 }
}
#endif

/* By one less. The gate first, and only a gate that is confirmed, has the ledger's configuration, and is not past it. */
#define MAY_LOWER (GATE_IS_OPEN && gate.version == version && !gate.lowering && SIZE(gate.users) <= total)

#if LOWERINGS > 0
proctype lower() {
  byte total, version, back;
  if
  :: atomic { MAY_LOCK && ledger.epoch != 0 ->
      lock = (is(operator_takes_no_lock) -> lock : _pid); total = LIMIT - 1; version = ledger.version }
  :: goto finished
  fi;
  if
  :: is(lower_ledger_first) -> skip
  :: !is(lower_ledger_first) && is(lower_takes_version) ->
    if
    :: d_step { MAY_LOWER -> gate.total = total; gate.version = version + 1 }
    :: !MAY_LOWER -> goto finished
    :: goto finished
    fi
  :: !is(lower_ledger_first) && !is(lower_takes_version) ->
    if
    :: d_step { MAY_LOWER -> gate.total = total; gate.lowering = true; printf("MSC: the gate is lowered to %d\n", total) }
    :: !MAY_LOWER -> goto finished
    :: goto finished
    fi
  fi;
  if
  :: atomic { LOCKED && SIZE(ledger.rows) <= total ->
      ledger.total = total - BITS(ledger.returned); ledger.version++; version = ledger.version; back = BITS(ledger.returned); lock = RELEASE; judge_ledger();
      printf("MSC: the ledger is lowered to %d (version %d)\n", total, version) }
  :: !(LOCKED && SIZE(ledger.rows) <= total) -> goto finished
  :: goto finished
  fi;
  if
  :: d_step { set_configuration(total, version, back) }
  :: goto finished
  fi;
finished:
  atomic { lock = (HOLDING -> NOBODY : lock); total = 0; version = 0; back = 0 }
}
#endif

/* ---- what goes wrong ------------------------------------------------------------------------------------------------ */

/* Redis restarts with its data; a replica is promoted that lags behind; everything is flushed; the ledger is restored
 * from a backup; all this as often as the scenario says, at any moment, or never. After `enough` it ends. */
proctype faults() {
  byte restarts = RESTARTS, failovers = FAILOVERS, flushes = FLUSHES, restores = RESTORES;
progress_until_enough:
  do
  :: d_step { restarts > 0 -> restarts--; run_id++; printf("MSC: Redis restarts: run %d\n", run_id) }
  :: d_step { failovers > 0 -> failovers--;
      run_id = (is(identity_survives_failback) -> run_id : run_id + 1);
      copy_gate(gate, replica[0]); excuse();
      printf("MSC: fail-over to replica 0, with %d users: run %d\n", SIZE(gate.users), run_id) }
  :: d_step { failovers > 0 && REPLICAS > 1 -> failovers--;
      run_id = (is(identity_survives_failback) -> run_id : run_id + 1);
      copy_gate(gate, replica[1]); excuse();
      printf("MSC: fail-over to replica 1, with %d users: run %d\n", SIZE(gate.users), run_id) }
  :: d_step { flushes > 0 -> flushes--; clear_gate(); excuse(); printf("MSC: Redis is flushed\n") }
  :: d_step { restores > 0 -> restores--;
      copy_ledger(ledger, backup); lock = NOBODY; session = 1 - session; excuse();
      printf("MSC: the ledger goes back to %d rows\n", SIZE(ledger.rows)) }
  :: d_step { true -> restarts = 0; failovers = 0; flushes = 0; restores = 0; clear_copies() }  /* enough */
    break
  /* The server ends the session of a process that holds the lock and stands still. The process does not know. */
  :: d_step { SESSIONS_TIME_OUT && lock != NOBODY -> lock = NOBODY; printf("MSC: the lock is lost\n") }
  /* Replicas catch up, backups are made, whenever they please. */
  :: d_step { failovers > 0 -> copy_gate(replica[0], gate) }
  :: d_step { failovers > 0 && REPLICAS > 1 -> copy_gate(replica[1], gate) }
  :: d_step { restores > 0 -> copy_ledger(backup, ledger) }
  od
}

/* ---- the end -------------------------------------------------------------------------------------------------------- */

#define OUT_OF_EPOCHS (NEEDS_RECOVERY && !CONFIRMABLE && MAX(ledger.epoch, gate.epoch) >= EPOCHS)

/* Nothing can happen any more: now all that was accepted and survived is issued, everybody who could have a coupon has
 * one (4), and gate and ledger hold the same users at the same sequences (5). */
active proctype judge() {
end:
  do
  :: timeout ->
    if
    :: OUT_OF_EPOCHS -> break  /* a run with more rebuilds than the scenario allows: not looked at further */
    :: else
    fi;
    atomic {
      assert(gate.epoch == ledger.epoch && gate.open && gate.run_id == run_id && ledger.run_id == run_id);
      assert(gate.users == ledger.rows && ledger.last == SIZE(ledger.rows));
      assert(WITHIN(promised, ledger.rows));
      assert(SIZE(ledger.rows) == MIN(LIMIT, 3));  /* a place that was returned is given, while users are left */
      assert((taken_back & ~ledger.returned) == 0);
      assert(gate.total == LIMIT && gate.version == ledger.version && !gate.lowering);
      assert(lock == NOBODY && ledger.dead == 0);
      break
    }
  od
}

init {
  d_step {
    ledger.total = TOTAL; ledger.version = 1;
    if
    :: STARTS_OPEN ->
      ledger.epoch = 1; ledger.run_id = 1;
      gate.epoch = 1; gate.open = true; gate.run_id = 1; gate.total = TOTAL; gate.version = 1
    :: else
    fi;
    copy_ledger(backup, ledger); copy_gate(replica[0], gate); copy_gate(replica[1], gate)
  }
  atomic {
    run worker();
    if :: WORKERS > 1 -> run worker() :: else fi;
    run recoverer();
    if :: RECOVERERS > 1 -> run recoverer() :: else fi;
#if RAISES > 0
    run raise();
#endif
#if RETURNS > 0
    run give_back();
#endif
#if RETURNS > 1
    run give_back();
#endif
#if LOWERINGS > 0
    run lower();
#endif
#if LOWERINGS > 1
    run lower();
#endif
    run faults()
  }
}
