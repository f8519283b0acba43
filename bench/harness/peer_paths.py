"""How fast, and at what cost: each path for each program in turns, so that what the machine does meanwhile hits all."""

import json
import resource
import statistics
import subprocess
import time

from . import processes, stores
from .throughput import SOMEBODY_ELSE

SETTLED = 0.05  # two successive windows that differ by less


class Stand:
    """One program on its stores, with a coupon for each path, warmed up."""

    def __init__(self, subject, api, generator, redis, database, name):
        self.subject, self.api, self.generator, self.redis = subject, api, generator, redis
        self.database, self.name = database, name
        self.sold_out = subject.create_coupon(api, database, name, 1)
        status, body = first_answer(api, f"/v1/coupons/{self.sold_out}/issues", {"userId": SOMEBODY_ELSE})
        if status not in (200, 201, 202):
            raise RuntimeError(f"{subject.name}: not issued: {status} {body!r}")
        self.open = subject.create_coupon(api, database, name, None)
        self.asked = 0

    def measure(self, path, connections, seconds):
        """One window: the generator's report, with CPU a request of the program and of all that take part."""
        before = self.cpu()
        options = {"connections": connections, "duration": seconds, "warm_up": 0, "users": "random"}
        if path == "sold out":
            report = self.generator(self.api, coupon=self.sold_out, expect=409, **options)
        else:
            report = self.generator(self.api, coupon=self.open, first=self.asked, expect="200,201,202", **options)
            self.asked += report["users_asked"]
        used = [after - earlier for after, earlier in zip(self.cpu(), before)]
        count = max(1, report["users_asked"])
        return {"requests_per_second": report["requests_per_second"], "p50_ms": report["latency_us"]["p50"] / 1000,
                "p99_ms": report["latency_us"]["p99"] / 1000, "cpu_us": 1e6 * used[0] / count,
                "machine_cpu_us": 1e6 * sum(used) / count}

    def cpu(self):
        """Seconds so far: the program, its stores, and the generator (children that have ended)."""
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        of_stores = stores.cpu_seconds(self.redis.pid) + stores.cpu_seconds(self.database.pid)
        return (self.api.group.cpu_seconds(), of_stores, children.ru_utime + children.ru_stime)

    def warm_up(self, path, connections, windows_min, windows_max, seconds=1.0):
        """Until two successive windows differ by less than 5 %, so that compilers and pools have settled; bounded."""
        last = None
        for number in range(windows_max):
            try:
                rate = self.measure(path, connections, seconds)["requests_per_second"]
            except RuntimeError:  # a program that is cold may answer late, or say that it cannot: not settled
                rate = 0.0
            if number >= windows_min and is_settled(last, rate):
                return True
            last = rate
        return False


def first_answer(api, path, body, tries=6):
    """The first request of all may take a virtual machine longer than a client waits."""
    for _ in range(tries - 1):
        try:
            return api.call("POST", path, body)
        except OSError:
            pass
    return api.call("POST", path, body)


def is_settled(last, rate):
    return last is not None and abs(rate - last) < SETTLED * last


def generator(build, cores):
    return lambda target, **options: processes.load(build, cores, target, **options)


def in_turns(stands, path, connections, rounds, seconds, progress):
    """({name: the median of its rounds, figure by figure}, {name: why it has none})"""
    found, failed = {stand.subject.name: [] for stand in stands}, {}
    for number in range(rounds):
        for stand in stands:
            name = stand.subject.name
            if name in failed:
                continue
            progress(f"{path}, {connections} connections, round {number + 1} of {rounds}: {name}")
            try:
                found[name].append(stand.measure(path, connections, seconds))
            except RuntimeError as error:
                failed[name] = " ".join(str(error).split())[-300:]
    return {name: medians(windows) for name, windows in found.items() if name not in failed}, failed


def medians(windows):
    return {figure: statistics.median(window[figure] for window in windows) for figure in windows[0]}


class RowCounter:
    """One connection of the command-line client that stays open, so that counting costs little."""

    def __init__(self, database, name, coupon):
        self.question = f"SELECT COUNT(*) FROM {name}.coupon_issues WHERE coupon_id = {coupon};\n"
        self.client = subprocess.Popen(["mariadb", "--no-defaults", "--user=root", "--socket=" + database.socket,
                                        "--batch", "--unbuffered", "--skip-column-names"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True, bufsize=1)

    def __call__(self):
        self.client.stdin.write(self.question)
        self.client.stdin.flush()
        line = self.client.stdout.readline()
        if not line:
            raise RuntimeError("the connection that counts rows ended")
        return int(line)

    def stop(self):
        self.client.stdin.close()
        self.client.wait()


def when_there(readings, share, total):
    """The instant of the first reading with that share of all rows; None when there was none."""
    for at, rows in readings:
        if rows >= share * total:
            return at
    return None


def rows_behind(readings, began, last_yes, total):
    """Rows a second from the first request on, and how long after the last yes half of the rows, and 99 in 100, were
    there (0: before it). `None` where the time was up before."""
    done = when_there(readings, 1, total)
    at, rows = readings[-1]
    rate = total / (done - began) if done else rows / (at - began)
    behind = [when_there(readings, share, total) for share in (0.5, 0.99)]
    p50, p99 = (None if at is None else max(0.0, 1000 * (at - last_yes)) for at in behind)
    return {"requests_per_second": rate, "p50_ms": p50, "p99_ms": p99,
            "all_there_ms": None if done is None else max(0.0, 1000 * (done - last_yes)), "rows": rows}


LAST_YES_S = 15  # a crowd has that long to be answered, after the time for its rows is up
FIRST_ROWS = 500  # the window of a worker that nothing is known of


def warm_up_rows(stand, worker, users_max, least_s, most_s, measure=None, clock=time.monotonic):
    """(settled, rows a second) As Stand.warm_up, with windows of as many rows as the last second brought: server and
    worker are both new, and stand in each other's way. A window that fails has not settled."""
    measure, began, last, users = measure or measure_rows, clock(), None, FIRST_ROWS
    while (elapsed := clock() - began) < most_s:
        try:
            rate = measure(stand, worker, users, most_s - elapsed)["requests_per_second"]
        except RuntimeError:
            rate = 0.0
        if clock() - began >= least_s and is_settled(last, rate):
            return True, rate
        last, users = rate, min(users_max, max(FIRST_ROWS, round(rate)))
    return False, last or 0.0


def measure_rows(stand, worker, users, seconds_max):
    """A crowd in which everybody gets one, with the worker at work."""
    coupon = stand.subject.create_coupon(stand.api, stand.database, stand.name, None)
    counter = RowCounter(stand.database, stand.name, coupon)
    used = (stand.cpu(), worker.cpu_seconds())
    began = time.monotonic()
    load = LoadInBackground(stand, coupon, users)
    readings, last_yes = [], None
    try:
        while not last_yes or readings[-1][1] < load.yes:
            readings.append((time.monotonic(), counter()))
            if last_yes is None and load.ended():
                last_yes = time.monotonic()
            if time.monotonic() - began > seconds_max:
                break
            time.sleep(0.005)
        while not load.ended():
            if time.monotonic() - began > seconds_max + LAST_YES_S:
                raise RuntimeError(f"{stand.subject.name}: {users} users were not answered in {seconds_max:.0f} s")
            time.sleep(0.005)
        last_yes = last_yes or time.monotonic()
    finally:
        load.stop()
        counter.stop()
    after = (stand.cpu(), worker.cpu_seconds())
    found = rows_behind(readings, began, last_yes, load.yes)
    found["refused"] = load.refused
    count = max(1, found["rows"])
    own = after[0][0] - used[0][0] + after[1] - used[1]
    found["cpu_us"] = 1e6 * own / count
    found["machine_cpu_us"] = 1e6 * (own + sum(after[0][1:]) - sum(used[0][1:])) / count
    return found


class LoadInBackground:
    """Users who ask once each. `yes` and `refused` say how many heard what, once it ended."""

    def __init__(self, stand, coupon, users):
        self.command = [stand.generator_program, "--json", "--url", f"http://127.0.0.1:{stand.api.port}", "--coupon",
                        str(coupon), "--users", "random", "--requests", str(users), "--connections", "64", "--expect",
                        stand.subject.yes_or_not_now]
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.output = None

    def ended(self):
        if self.process.poll() is None:
            return False
        if self.output is None:
            self.output = self.process.stdout.read()
            if self.process.returncode != 0:
                raise RuntimeError(f"{' '.join(self.command)}\n{self.output}")
            self.yes, self.refused = told(json.loads(self.output))
        return True

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def told(report):
    """(how many heard yes, how many something else) of a generator's report."""
    heard = report["answers_by_status"]
    yes = sum(heard.get(status, 0) for status in ("200", "201", "202"))
    return yes, sum(heard.values()) - yes
