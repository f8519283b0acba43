"""One live coupon beside a hundred thousand old ones, on the distributed shape: what the old ones cost the live one's
rows, the worker, Redis, the list, and the start of a node."""

import http.client
import json
import os
import threading
import time

from . import machine, many_figures, processes, stores
from .peer_paths import RowCounter
from .shared_stage import SharedStage

DAY_S = 86_400
LISTED = 1000
LIST_CONNECTIONS = 4
# (old coupons, seconds of the stream, seconds of rest, seconds of lists); a rest has a whole pass over what ended.
WHOLE = (100_000, 60, 70, 10)
QUICK = (5_000, 6, 8, 2)
REQUESTS_A_SECOND = 100
GOALS = (("row behind its yes, p99 ms, at most", "row_p99_ms", 100, True),
         ("worker idle beside them, % of a core, at most", "worker_percent", 2, True),
         ("Redis beside them, % of a core, at most", "redis_percent", 1, True),
         ("lists of 1,000 coupons, requests/s", "lists_per_second", 720, False),
         ("start of an API node until ready, s, at most", "api_start_s", 1, True))


def create(api, start_s, end_s):
    """A coupon whose window lies so many seconds from now."""
    at = lambda seconds: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
    status, body = api.call("POST", "/v1/coupons", {
        "title": "old", "couponType": "FIRST_COME_FIRST_SERVED", "totalQuantity": 10, "discountAmount": 1000,
        "minAvailableAmount": 0, "dateIssueStart": at(start_s), "dateIssueEnd": at(end_s)})
    if status != 201:
        raise RuntimeError(f"the coupon was not created: {status} {body!r}")
    return json.loads(body)["id"]


def old_models(stage):
    """Two coupons that ended, brought to where old ones stand by the programs themselves: one ended a year ago, and its
    gate was retired; the other two days ago, and its gate is still there."""
    long_ago = create(stage.api, -366 * DAY_S, -365 * DAY_S)
    lately = create(stage.api, -3 * DAY_S, -2 * DAY_S)
    state = lambda coupon: stage.redis.call(["HGET", f"fc:{{{coupon}}}:meta", "state"])
    stores.when(lambda: state(long_ago) == b"retired", 120, "the gate of a coupon that ended a year ago is retired")
    stores.when(lambda: state(lately) == b"open", 120, "the gate of a coupon that ended two days ago is there")
    return long_ago, lately


def copy_row(stage, model, first, count, step):
    """`count` coupons like the model, with ids first, first + step, …; and their cursors."""
    columns = [line.split("\t")[0] for line in stage.database.run(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'coupon' AND table_name = 'coupons'"
        " AND column_name <> 'id' ORDER BY ordinal_position").splitlines()]
    names = ", ".join(columns)
    ids = f"{first} + (seq - 1) * {step}"
    stage.database.run(
        f"USE coupon; INSERT INTO coupons (id, {names}) SELECT {ids}, {names} FROM coupons, seq_1_to_{count}"
        f" WHERE id = {model} ORDER BY seq;"
        f" INSERT INTO issue_cursors (coupon_id, epoch, run_id, last_id, last_sequence) SELECT {ids}, epoch, run_id,"
        f" last_id, last_sequence FROM issue_cursors, seq_1_to_{count} WHERE coupon_id = {model} ORDER BY seq")


def copy_gate(stage, model, ids):
    """What the programs left of the model's gate, under the names of the others."""
    with stores.Pipeline(stage.redis.port) as connection:
        fields = connection.run([["HGETALL", f"fc:{{{model}}}:meta"]])[0]
        for at in range(0, len(ids), 1000):
            connection.run([["HSET", f"fc:{{{coupon}}}:meta", *fields] for coupon in ids[at:at + 1000]])


def fill(stage, count):
    """Old coupons, half of each kind, by turns. Answers the first of their ids."""
    worker = stage.start_worker()
    models = old_models(stage)
    worker.stop()
    first = max(models) + 1
    for n, model in enumerate(models):
        ids = list(range(first + n, first + count, 2))
        copy_row(stage, model, first + n, len(ids), 2)
        copy_gate(stage, model, ids)
    return first


class Stream:
    """New users for the live coupon at a steady rate over one connection that stays open; each yes with its instant."""

    def __init__(self, api, coupon):
        self.connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=30)
        self.path = f"/v1/coupons/{coupon}/issues"
        self.yeses = []  # instants, in the order of their sequences

    def run(self, seconds):
        began = time.monotonic()
        for n in range(seconds * REQUESTS_A_SECOND):
            due = began + n / REQUESTS_A_SECOND
            while (early := due - time.monotonic()) > 0:
                time.sleep(early)
            self.connection.request("POST", self.path, json.dumps({"userId": n + 1}), {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            body = answer.read()
            if answer.status not in (200, 201, 202):
                raise RuntimeError(f"not issued: {answer.status} {body!r}")
            self.yeses.append(time.monotonic())
        self.connection.close()


def rows_behind(stage, seconds):
    """A stream of yeses, and how long after each its row was there."""
    coupon = stage.api.create_coupon()
    stream, failed, readings = Stream(stage.api, coupon), [], []
    counter = RowCounter(stage.database, "coupon", coupon)

    def run():
        try:
            stream.run(seconds)
        except Exception as error:  # shown by whoever waits
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        deadline = time.monotonic() + seconds * 3 + 60
        while thread.is_alive() or readings[-1][1] < len(stream.yeses):
            readings.append((time.monotonic(), counter()))
            if time.monotonic() > deadline:
                raise RuntimeError(f"{readings[-1][1]} rows of {len(stream.yeses)} at the deadline")
            time.sleep(0.002)
    finally:
        thread.join()
        counter.stop()
    if failed:
        raise failed[0]
    return many_figures.behind(stream.yeses, readings)


def shares_at_rest(stage, worker, seconds):
    """Per cent of a core that the worker and Redis take while nobody asks for anything."""
    used = lambda: (stores.cpu_seconds(worker.pid), stores.cpu_seconds(stage.redis.pid))
    before, began = used(), time.monotonic()
    time.sleep(seconds)
    after, took = used(), time.monotonic() - began
    return [100 * (b - a) / took for a, b in zip(before, after)]


class Lister:
    """Asks for pages of a thousand coupons, one after the other over a connection of its own, until told to stop."""

    def __init__(self, api):
        self.connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=60)
        self.headers = {"Authorization": "Bearer " + api.token}
        self.count, self.failed, self.stopping = 0, None, False
        self.thread = threading.Thread(target=self.run)

    def ask(self):
        self.connection.request("GET", f"/v1/coupons?limit={LISTED}", headers=self.headers)
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"the list was not given: {answer.status} {body[:200]!r}")
        return body

    def run(self):
        try:
            while not self.stopping:
                self.ask()
                self.count += 1
        except Exception as error:  # shown by whoever waits
            self.failed = error


def lists(api, seconds):
    """Lists a second over a few connections, and the node's CPU for each."""
    listers = [Lister(api) for _ in range(LIST_CONNECTIONS)]
    body = listers[0].ask()
    cpu, began = stores.cpu_seconds(api.pid), time.monotonic()
    for one in listers:
        one.thread.start()
    time.sleep(seconds)
    for one in listers:
        one.stopping = True
    for one in listers:
        one.thread.join()
    took, count = time.monotonic() - began, sum(one.count for one in listers)
    for one in listers:
        one.connection.close()
        if one.failed:
            raise one.failed
    return {"lists_per_second": count / took, "listed": len(many_figures.coupons_of(body)), "list_bytes": len(body),
            "list_cpu_ms": 1000 * (stores.cpu_seconds(api.pid) - cpu) / max(1, count)}


def measure_build(build, folder, scale, progress):
    count, stream_s, rest_s, list_s = scale
    everywhere = os.sched_getaffinity(0)  # not pinned: what is asked is what the old coupons cost, not a peak
    stage = SharedStage(build, folder, everywhere, everywhere)
    try:
        progress(f"{count:,} old coupons")
        fill(stage, count)
        began = time.monotonic()
        second = stage.start_api(name="api2")
        found = {"old_coupons": count, "api_start_s": time.monotonic() - began}
        second.stop()
        began = time.monotonic()
        worker = stage.start_worker()
        found["worker_start_s"] = time.monotonic() - began
        progress(f"a stream for {stream_s} s, from the worker's first second on")
        found.update(rows_behind(stage, stream_s))
        progress(f"{rest_s} s of rest")
        found["worker_percent"], found["redis_percent"] = shares_at_rest(stage, worker, rest_s)
        found["worker_mib"] = processes.Server.anonymous_bytes(worker) / (1 << 20)
        progress("lists")
        found.update(lists(stage.api, list_s))
    finally:
        stage.stop()
    return found


def measure(build, folder, quick, repository, progress, against=None):
    """`against`: another build folder, measured in the same run."""
    scale = QUICK if quick else WHOLE
    result = {"machine": machine.describe(folder, repository), "many": {}}
    for name, of in (("this", build), ("against", against)):
        if of is not None:
            result["many"][name] = measure_build(of, os.path.join(folder, name), scale, progress)
    result["load_average_after"] = os.getloadavg()[0]
    result["goals"] = many_figures.goals(GOALS, result["many"]["this"])
    cores = processes.Cores()
    cores.pinned = None
    return result, cores


def print_report(result):
    about = result["machine"]
    print(f"\none live coupon beside {result['many']['this']['old_coupons']:,} old ones; load of the machine "
          f"{about['load_average_before']:.1f} before, {result['load_average_after']:.1f} after")
    rows = (("row behind its yes, p50 ms", "row_p50_ms", 1), ("p99 ms", "row_p99_ms", 1), ("the slowest, ms", "row_max_ms", 1),
            ("p99 of the worst second, ms", "row_worst_second_p99_ms", 1), ("rows measured", "rows", 0),
            ("worker at rest, % of a core", "worker_percent", 2), ("Redis at rest, % of a core", "redis_percent", 2),
            ("worker's memory, MiB", "worker_mib", 1), (f"lists of {LISTED:,} coupons /s", "lists_per_second", 1),
            ("CPU of the node for a list, ms", "list_cpu_ms", 2), ("bytes of a list", "list_bytes", 0),
            ("start of an API node, s", "api_start_s", 2), ("start of a worker, s", "worker_start_s", 2))
    print(f"  {'':<34}" + "".join(f"{name:>12}" for name in result["many"]))
    for title, key, digits in rows:
        print(f"  {title:<34}" + "".join(f"{found[key]:>12,.{digits}f}" for found in result["many"].values()))
