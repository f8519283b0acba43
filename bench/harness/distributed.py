"""The distributed shape: API, Redis and worker, each against the bare thing that it cannot be faster than."""

import os
import random
import re
import subprocess
import time

from . import machine, processes, stores, two_loops
from .shared_stage import SharedStage
from .throughput import SOMEBODY_ELSE

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
USERS_A_CALL = (1, 16, 64, 256)
# What people write who decide user by user: check, add, append, in one script.
ONE_CALL_PER_USER = """
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 0 end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return -1 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], '*', 'u', ARGV[1])
return 1"""


class Stage(SharedStage):
    """All that takes part. The API and MariaDB share the server's core; Redis and the load the other: on two cores
    nothing has one of its own, so CPU times are what is compared, not rates."""

    def __init__(self, build, folder, cores):
        self.cores = cores
        super().__init__(build, folder, cores.client, cores.server)
        try:
            self.limit = self.keep(processes.Limit(build, folder, cores))
        except BaseException:
            self.stop()
            raise

    def load(self, target, **options):
        before = stores.cpu_seconds(self.redis.pid)
        report = processes.load(self.build, self.cores, target, **options)
        # The load warms up for as long as it was told, with Redis at work too: counted by answers, not by time.
        report["redis_cpu_s"] = stores.cpu_seconds(self.redis.pid) - before
        return report


def api_rounds(stage, connections, count, seconds, progress):
    """Accepted requests against the bare limit, and sold-out ones, in turns."""
    accepting = stage.api.create_coupon()
    sold_out = stage.api.create_coupon(quantity=1)
    stage.api.issue(sold_out, SOMEBODY_ELSE)
    first, found = 0, []
    for number in range(count):
        progress(f"API, {connections} connections, round {number + 1} of {count}")
        limit = stage.load(stage.limit, users="random", expect=202, connections=connections, duration=seconds,
                           warm_up=0.2)
        accepted = stage.load(stage.api, coupon=accepting, users="random", first=first, expect="200,202",
                              connections=connections, duration=seconds, warm_up=0)
        first += accepted["users_asked"]
        refused = stage.load(stage.api, coupon=sold_out, users="random", expect=409, connections=connections,
                             duration=seconds, warm_up=0.2)
        found.append({"limit": limit, "accepted": accepted, "sold out": refused})
    return found


def api_summary(found):
    table = {}
    for name in found[0]:
        of = lambda get: machine.median([get(one) for one in found])
        table[name] = {
            "requests_per_second": of(lambda one: one[name]["requests_per_second"]),
            "p50_us": of(lambda one: one[name]["latency_us"]["p50"]),
            "p99_us": of(lambda one: one[name]["latency_us"]["p99"]),
            "server_cpu_us_per_request": of(lambda one: one[name]["server_cpu_us_per_request"]),
            "cpu_of_limit": of(lambda one: one[name]["server_cpu_us_per_request"] /
                               one["limit"]["server_cpu_us_per_request"]),
            "redis_cpu_us_per_request": of(lambda one: 1e6 * one[name]["redis_cpu_s"] / one[name]["answers"]),
        }
    return table


class GateByHand:
    """The gate's script, called as an API node calls it, and one call per user beside it. No API in between."""

    def __init__(self, stage):
        self.stage = stage
        with open(os.path.join(REPOSITORY, "src/gate/redis/scripts/admit.lua")) as text:
            self.admit = text.read()
        self.random = random.Random(7)
        self.connection = stores.Pipeline(stage.redis.port)
        self.admit_sha, self.one_sha = (sha.decode() for sha in self.connection.run(
            [["SCRIPT", "LOAD", self.admit], ["SCRIPT", "LOAD", ONE_CALL_PER_USER]]))

    def users(self, count):
        return self.random.sample(range(1, 1 << 40), count)

    def batch(self, users_a_call, total):
        """Redis' CPU in µs for each user, admitted by one call for so many."""
        coupon = self.stage.api.create_coupon()
        epoch = self.connection.run([["HGET", f"fc:{{{coupon}}}:meta", "epoch"]])[0].decode()
        keys = [f"fc:{{{coupon}}}:meta", f"fc:{{{coupon}}}:users:{epoch}", f"fc:{{{coupon}}}:queue:{epoch}"]
        users = self.users(total)
        calls = [["EVALSHA", self.admit_sha, 3, *keys, epoch, coupon, 100_000_000, *users[at:at + users_a_call]]
                 for at in range(0, total, users_a_call)]
        cpu = self.cpu_of(calls, depth=max(1, 64 // users_a_call), ok=lambda reply: reply[0] == b"decided")
        return 1e6 * cpu / total

    def one_by_one(self, total, depth):
        name = f"one-{self.random.random()}"
        calls = [["EVALSHA", self.one_sha, 2, f"{{{name}}}:set", f"{{{name}}}:log", user, 100_000_000]
                 for user in self.users(total)]
        return 1e6 * self.cpu_of(calls, depth, ok=lambda reply: reply == 1) / total

    def cpu_of(self, calls, depth, ok):
        batches = [(b"".join(map(stores.Pipeline.encode, calls[at:at + depth])), len(calls[at:at + depth]))
                   for at in range(0, len(calls), depth)]
        before = stores.cpu_seconds(self.stage.redis.pid)
        for data, count in batches:
            for reply in self.connection.run_encoded(data, count):
                if not ok(reply):
                    raise RuntimeError(f"the script answered {reply!r}")
        return stores.cpu_seconds(self.stage.redis.pid) - before


def redis_costs(stage, count, total, progress):
    by_hand, found = GateByHand(stage), []
    stage.redis.call(["CONFIG", "SET", "appendfsync", "no"])  # the CPU of deciding; syncs are the same for both
    try:
        for number in range(count):
            one = {}
            for users_a_call in USERS_A_CALL:
                progress(f"Redis, {users_a_call} users a call, round {number + 1} of {count}")
                one[users_a_call] = by_hand.batch(users_a_call, total)
            one["one call per user"] = by_hand.one_by_one(total, depth=64)
            found.append(one)
    finally:
        stage.redis.call(["CONFIG", "SET", "appendfsync", "always"])
    return {str(name): machine.median([one[name] for one in found]) for name in found[0]}


def end_to_end_redis(stage, connections, seconds, progress):
    """Redis' CPU for each admitted user, through an API node: natural batching, and one script call per request."""
    progress("Redis end to end")
    batching = stage.api.create_coupon()
    report = stage.load(stage.api, coupon=batching, users="sequential", first=1, expect="202",
                        connections=connections, duration=seconds, warm_up=0)
    found = {"natural batching": 1e6 * report["redis_cpu_s"] / report["answers"]}
    each = stage.start_api("--lab", "--strategy", "async-script", name="one-call", database="scratch")
    try:
        report = stage.load(each, coupon=each.create_coupon(), users="sequential", first=1, expect="201,202",
                            connections=connections, duration=seconds, warm_up=0)
        found["one call per request"] = 1e6 * report["redis_cpu_s"] / report["answers"]
    finally:
        each.stop()
    return found


def drain(stage, progress):
    """Moves what the measurements before have left, so that the next ones move only their own."""
    progress("what is left is moved")
    worker = stage.start_worker(stage.cores.client)
    try:
        rows, still = -1, 0
        while still < 4:
            time.sleep(0.5)
            now = int(stage.database.run("SELECT SUM(issued_quantity) FROM coupon.coupons"))
            still = still + 1 if now == rows else 0
            rows = now
    finally:
        worker.stop()


def worker_speed(stage, backlog, progress):
    """A backlog that waits for a worker, and the bare insert loop with batches of the same size."""
    drain(stage, progress)
    coupon = stage.api.create_coupon()
    progress(f"a backlog of {backlog:,}")
    stage.load(stage.api, coupon=coupon, users="sequential", first=1, expect="200,202", connections=512,
               requests=backlog)
    progress("the worker")
    began = time.monotonic()
    worker = stage.start_worker(stage.cores.client)
    try:
        stores.when(lambda: stage.rows(coupon) >= backlog, 120, "the backlog")
        took = time.monotonic() - began
        text = worker.call("GET", "/metrics")[1].decode()
    finally:
        worker.stop()
    metric = lambda name: float(re.search(rf"^{name} (\S+)$", text, re.M).group(1))
    batches, rows = metric("firstcome_worker_batch_rows_count"), metric("firstcome_worker_batch_rows_sum")
    batch = max(1, round(rows / batches))
    progress("the bare insert loop")
    bare = subprocess.run([os.path.join(stage.build, "insert_limit"), stage.database.url("scratch"), "--batch", str(batch),
                           "--seconds", "4", "--how", "text"], capture_output=True, text=True, check=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, stage.cores.client))
    limit = float(re.search(r": (\d+) rows/s", bare.stdout).group(1))
    busy = metric("firstcome_worker_commit_duration_seconds_sum")
    return {"rows": rows, "rows_per_batch": batch, "rows_per_second": backlog / took,
            "rows_per_second_in_transactions": rows / busy, "bare_rows_per_second": limit,
            "of_bare": (backlog / took) / limit}


def burst(stage, users, quantity, progress):
    """A crowd for a part as many coupons, with a worker at work: how far the ledger is behind when all have heard."""
    coupon = stage.api.create_coupon(quantity=quantity)
    worker = stage.start_worker(stage.cores.client)
    try:
        progress(f"a burst of {users:,} for {quantity:,}")
        report = stage.load(stage.api, coupon=coupon, users="sequential", first=1, expect="200,202,409", connections=512,
                            requests=users)
        behind = quantity - stage.rows(coupon)
        seconds = stores.when(lambda: stage.rows(coupon) >= quantity, 120, "the last row")
    finally:
        worker.stop()
    return {"users": users, "quantity": quantity, "answers_per_second": report["requests_per_second"],
            "p50_us": report["latency_us"]["p50"], "p99_us": report["latency_us"]["p99"],
            "rows_behind_at_the_end": behind, "seconds_until_the_last_row": seconds, "rows": stage.rows(coupon)}


def measure(build, folder, quick, progress, against=None):
    cores = processes.Cores()
    result = {"machine": machine.describe(folder, REPOSITORY), "pinned": cores.pinned, "api": {}}
    count, seconds = (2, 1) if quick else (3, 2.5)
    stage = Stage(build, folder, cores)
    try:
        for connections in (64, 512):
            result["api"][str(connections)] = api_summary(api_rounds(stage, connections, count, seconds, progress))
        result["redis"] = redis_costs(stage, count, 40_000 if quick else 120_000, progress)
        result["redis_end_to_end"] = end_to_end_redis(stage, 64, 2 * seconds, progress)
        result["worker"] = worker_speed(stage, 60_000 if quick else 300_000, progress)
        result["burst"] = burst(stage, 100_000 if quick else 1_000_000, 20_000 if quick else 200_000, progress)
        result["two_loops"] = two_loops.measure(stage, quick, progress, against)
    finally:
        stage.stop()
    result["goals"] = goals(result)
    progress("")
    return result, cores


def goals(result):
    worst = max(table["accepted"]["cpu_of_limit"] for table in result["api"].values())
    at_64 = result["redis"]["64"] / result["redis"]["one call per user"]
    end_to_end = result["redis_end_to_end"]["natural batching"] / result["redis_end_to_end"]["one call per request"]
    found = [
        ("API CPU for an accepted request, of the limit's", worst, 1.6, True),
        ("Redis CPU for a user at 64 a call, of one call per user", at_64, 0.35, True),
        ("Redis CPU for a user end to end, of one call per request", end_to_end, 0.65, True),
        ("worker, of the bare insert", result["worker"]["of_bare"], 0.8, False),
    ]
    return [{"what": what, "reached": reached, "goal": goal, "met": reached <= goal if at_most else reached >= goal}
            for what, reached, goal, at_most in found]


def print_report(result):
    for connections, table in result["api"].items():
        print(f"\n{connections} connections")
        print(f"  {'path':<12}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'API CPU µs':>12}{'of limit':>10}"
              f"{'Redis CPU µs':>14}")
        for name, row in table.items():
            print(f"  {name:<12}{row['requests_per_second']:>12,.0f}{row['p50_us'] / 1000:>9.2f}"
                  f"{row['p99_us'] / 1000:>9.2f}{row['server_cpu_us_per_request']:>12.2f}{row['cpu_of_limit']:>10.2f}"
                  f"{row['redis_cpu_us_per_request']:>14.2f}")
    print("\nRedis CPU for a user, in µs")
    for name, cost in result["redis"].items():
        print(f"  {name + (' users a call' if name.isdigit() else ''):<24}{cost:>8.2f}")
    for name, cost in result["redis_end_to_end"].items():
        print(f"  {'end to end, ' + name:<40}{cost:>8.2f}")
    worker, crowd = result["worker"], result["burst"]
    print(f"\nworker: {worker['rows_per_second']:,.0f} rows/s from its start to the last row, in transactions of "
          f"{worker['rows_per_batch']:,} rows; the bare insert: {worker['bare_rows_per_second']:,.0f}")
    print(f"burst of {crowd['users']:,} for {crowd['quantity']:,}: {crowd['answers_per_second']:,.0f} answers/s, "
          f"p50 {crowd['p50_us'] / 1000:.1f} ms, p99 {crowd['p99_us'] / 1000:.1f} ms; at its end "
          f"{crowd['rows_behind_at_the_end']:,} rows behind, {crowd['seconds_until_the_last_row']:.2f} s later none")
    two_loops.print_report(result["two_loops"])
