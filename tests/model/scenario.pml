/* What may happen in one run of the checker (each can be set with -D), and the mistakes that can be planted. */

#ifndef MISTAKE
#define MISTAKE none
#endif
#define is(mistake) (MISTAKE == (mistake))
#define none 0

/* Gate */
#define no_run_id                  1   /* the script does not compare run_id */
#define script_ignores_epoch       2   /* a late call of the old epoch is admitted after the fence */
#define identity_survives_failback 3   /* the identity is Redis' run_id, which a demotion and promotion does not change */
/* Worker */
#define cursor_outside             4   /* the cursor moves in a transaction of its own */
#define worker_ignores_epoch       5
#define worker_ignores_run         6   /* a batch read from a Redis that is gone commits after the confirm */
#define batch_outlives_session     7   /* the worker tries the same batch again over a new connection to the ledger */
#define issued_forgotten           8   /* meta.issued is written after a commit and never again */
#define worker_reads_in_vain       24  /* reads again and again what it may not commit, instead of waiting for a confirm */
/* Confirm */
#define no_chain_check             9
#define no_lineage                 10  /* size and chain alone */
#define stamp_before_commit        11
#define no_idle_compare            12  /* gate and cursor are compared only when there is something to read */
/* Rebuild */
#define drain_before_fence         13
#define no_drain                   14
#define epoch_reused               15
#define fence_forgets              16  /* a second fence forgets which epoch was the last open one */
#define open_blindly               17  /* the rebuild goes on over a new connection, and opens without comparing */
#define load_forgets_dead_letters  18
/* Operator */
#define lower_ledger_first         19
#define raise_gate_first           20
#define lower_takes_version        21  /* the lowered gate gets the next version before the ledger has it */
#define operator_takes_no_lock     22
#define restored_total_wins        25  /* a ledger that went back imposes its old total on a gate that knows a newer one */
#define load_forgets_returned      26  /* a rebuild loads the live rows only */
#define return_gate_first          27  /* the gate has the place before the ledger has the return */
#define return_counts_again        28  /* a return that is asked for again counts again */
#define return_keeps_version       29  /* nobody sees that a gate was not told */
#define return_told_as_step        30  /* the gate is told "one more" instead of "so many" */
#define limit_taken_for_total      31  /* a ledger that went back takes what had come back to the pool for the operator's */
#define confirms_what_went_back    32  /* a gate with a later configuration is confirmed, and the ledger learns of no return */
#define drain_forgets_returns      33  /* a rebuild drains who was let in, and not who returned it */
#define set_unconditionally        23  /* a delayed configuration overwrites a newer one */

#ifndef TOTAL
#define TOTAL 2
#endif
#ifndef BACKLOG
#define BACKLOG 3
#endif
#ifndef EPOCHS
#define EPOCHS 3
#endif
#ifndef WORKERS
#define WORKERS 1
#endif
#ifndef RECOVERERS
#define RECOVERERS 1
#endif
#ifndef STARTS_OPEN
#define STARTS_OPEN 1
#endif
#ifndef REPLICAS
#define REPLICAS 1
#endif
#ifndef RESTARTS
#define RESTARTS 0
#endif
#ifndef FAILOVERS
#define FAILOVERS 0
#endif
#ifndef FLUSHES
#define FLUSHES 0
#endif
#ifndef RESTORES
#define RESTORES 0
#endif
#ifndef RAISES
#define RAISES 0
#endif
#ifndef RETURNS
#define RETURNS 0
#endif
#ifndef LOWERINGS
#define LOWERINGS 0
#endif
#ifndef TRIMS
#define TRIMS 0
#endif
#ifndef DEAD_LETTERS
#define DEAD_LETTERS 0
#endif
#ifndef SESSIONS_TIME_OUT
#define SESSIONS_TIME_OUT 0
#endif
