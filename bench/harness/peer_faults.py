"""What is kept when something dies: a worker killed ten times in mid-burst, Redis killed, an answer of Redis lost.

The crowd remembers what each user heard. Who hears an error, or nothing, asks again, as people do. At the end the rows
are read, and compared with what was promised; no counter of the program is believed."""

import collections
import http.client
import json
import random
import threading
import time

from . import peer_paths
from .relay import Relay

YES = (200, 201, 202)
ASKERS = 32


class Crowd:
    """Each user asks until decided, or until the time is up; `heard` holds the last decision of each."""

    def __init__(self, port, coupon, seconds_max=30):
        self.port, self.path = port, f"/v1/coupons/{coupon}/issues"
        self.deadline = time.monotonic() + seconds_max
        self.heard = {}
        self.threads = []

    def start(self, users):
        users = list(users)
        for number in range(ASKERS):
            thread = threading.Thread(target=self.ask_all, args=(users[number::ASKERS],), daemon=True)
            self.threads.append(thread)
            thread.start()
        return self

    def join(self):
        for thread in self.threads:
            thread.join()
        self.threads = []
        return self

    def ask_all(self, users):
        connection = None
        for user in users:
            while time.monotonic() < self.deadline:
                connection, status = ask(connection, self.port, self.path, user)
                if status in YES or status == 409:
                    self.heard[user] = status
                    break
                time.sleep(0.05)
        if connection:
            connection.close()

    def accepted(self):
        return {user for user, status in self.heard.items() if status in YES}


def ask(connection, port, path, user, seconds=15):
    """(the connection to go on with, the status; 0: no answer)"""
    try:
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
        connection.request("POST", path, json.dumps({"userId": user}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return connection, answer.status
    except (OSError, http.client.HTTPException):
        if connection is not None:
            connection.close()
        return None, 0


def count_faults(accepted, rows, quantity, queued):
    """What the books say. `rows`: user → how many. Who was told yes and has no row is stuck while his entry still waits
    in Redis and nothing moves, and lost otherwise."""
    missing = len([user for user in accepted if user not in rows])
    stuck = min(missing, queued)
    over = 0 if quantity is None else max(0, sum(rows.values()) - quantity, len(accepted) - quantity)
    return {"accepted": len(accepted), "rows": sum(rows.values()), "lost": missing - stuck,
            "twice": sum(count - 1 for count in rows.values()), "over_issued": over, "stuck": stuck}


def rows_of(database, name, coupon):
    text = database.run(f"SELECT user_id, COUNT(*) FROM {name}.coupon_issues WHERE coupon_id = {coupon}"
                        " GROUP BY user_id")
    return {int(user): int(count) for user, count in (line.split("\t") for line in text.splitlines())}


def wait_for_rows(counter, expected, patience):
    """Until they are all there, or none has come for so long: a queue may look again only after its own time-out."""
    most, since = -1, time.monotonic()
    while time.monotonic() - since < patience:
        count = counter()
        if count >= expected:
            return
        if count > most:
            most, since = count, time.monotonic()
        time.sleep(0.05)


class Trial:
    """One program, one coupon, one fault."""

    def __init__(self, stores, subject, api, quantity):
        self.stores, self.subject, self.api, self.quantity = stores, subject, api, quantity
        self.coupon = subject.create_coupon(api, stores.database, stores.name, quantity)
        self.counter = peer_paths.RowCounter(stores.database, stores.name, self.coupon)

    def verdict(self, accepted, patience):
        wait_for_rows(self.counter, len(accepted), patience)
        self.counter.stop()
        return count_faults(accepted, rows_of(self.stores.database, self.stores.name, self.coupon), self.quantity,
                     self.subject.queued(self.stores.redis))


def await_worker(stores, subject, api, seconds_max=180):
    """Until a user of a coupon of his own has his row: a virtual machine needs many seconds to start and to connect, and
    what it does meanwhile is not what is asked about."""
    deadline = time.monotonic() + seconds_max
    coupon = subject.create_coupon(api, stores.database, stores.name, None)
    Crowd(api.port, coupon, seconds_max).start([1]).join()
    while not rows_of(stores.database, stores.name, coupon):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{subject.name}: its worker has written no row for {seconds_max} s")
        time.sleep(0.02)


def kill_worker(stores, subject, api, kills, users_a_kill, patience, seconds_max, seed=1):
    """Killed each time while it moves rows and users still ask; started again at once. Fewer times when the time is up:
    a worker that needs long to start has to be waited for each time."""
    chance = random.Random(seed)
    trial = Trial(stores, subject, api, None)
    crowd, killed, killed_at_work = Crowd(api.port, trial.coupon, seconds_max + 30), 0, 0
    time_is_up = time.monotonic() + seconds_max
    worker = stores.worker(subject)
    try:
        for number in range(kills):
            if time.monotonic() > time_is_up:
                break
            before = trial.counter()
            crowd.start(range(number * users_a_kill + 1, (number + 1) * users_a_kill + 1))
            deadline = time.monotonic() + 20  # a worker that has to start first, or one that never comes back
            while trial.counter() == before and time.monotonic() < deadline:
                time.sleep(0.001)
            killed_at_work += trial.counter() > before
            time.sleep(chance.uniform(0, 0.03))
            worker.kill()
            killed += 1
            worker = stores.worker(subject)
        found = trial.verdict(crowd.join().accepted(), patience)
    finally:
        worker.kill()
    return {"fault": f"worker killed {killed} times", "killed_at_work": killed_at_work, **found}


def kill_redis(stores, subject, api, users, patience, seed=2):
    """With fsync always, in mid-burst; back on the same port and files after a fifth of a second."""
    quantity = users * 3 // 4
    trial = Trial(stores, subject, api, quantity)
    worker = stores.worker(subject)
    try:
        await_worker(stores, subject, api)
        crowd = Crowd(api.port, trial.coupon).start(range(1, users + 1))
        deadline = time.monotonic() + 20
        while len(crowd.heard) < users // 3 and time.monotonic() < deadline:
            time.sleep(0.001)
        stores.redis.kill()
        time.sleep(0.2)
        stores.redis.start()
        accepted = crowd.join().accepted()
        found = trial.verdict(accepted, patience)
    finally:
        worker.kill()
    return {"fault": "Redis killed", "unanswered": users - len(crowd.heard), **found}


def lose_answers(stores, subject, users, patience):
    """One user after the other; the answer to the step that decides about each is dropped, or to one of the steps, in
    turns. Then he asks a second time."""
    relay = Relay(stores.redis.port)
    first, second, accepted = collections.Counter(), collections.Counter(), set()
    try:
        api = stores.api(subject, relay.port)
        worker = None
        try:
            worker = stores.worker(subject)
            await_worker(stores, subject, api)
            trial = Trial(stores, subject, api, users)
            path = f"/v1/coupons/{trial.coupon}/issues"
            for user in range(1, users + 1):
                relay.lose_next(*subject.loses[user % len(subject.loses)])
                connection, status = ask(None, api.port, path, user)
                relay.disarm()
                connection, again = ask(connection, api.port, path, user)
                for _ in range(40):  # some need a moment to connect again
                    if again in YES or again == 409:
                        break
                    time.sleep(0.05)
                    connection, again = ask(connection, api.port, path, user)
                if connection:
                    connection.close()
                first[status] += 1
                second[again] += 1
                if status in YES or again in YES:
                    accepted.add(user)
            found = trial.verdict(accepted, patience)
        finally:
            if worker:
                worker.kill()
            api.group.kill()
    finally:
        relay.stop()
    return {"fault": f"{relay.lost} answers of Redis lost", "first_heard": dict(first), "second_heard": dict(second),
            **found}


def total(trials):
    """The sums that the JSON has."""
    return {figure: sum(trial[figure] for trial in trials) for figure in ("lost", "over_issued", "stuck")}
