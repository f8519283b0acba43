"""`./dev bench --peers`: what people would build instead, beside firstcome, in one run."""

import concurrent.futures
import os
import tempfile
import time

from . import machine, peer_faults, peer_paths, peer_report, peer_programs, processes, stores

TIME_IS_UP = "the time of a quick run was up"
REPOSITORY = peer_programs.REPOSITORY


class Redis(stores.Process):
    """A Redis that can be killed and started again on the same port and files."""

    def __init__(self, folder, cores, append_only):
        self.folder = tempfile.mkdtemp(prefix="redis-", dir=folder)
        self.cores, self.append_only, self.port = cores, append_only, stores.free_port()
        self.start()

    def start(self):
        super().__init__(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.folder,
                          "--appendonly", "yes" if self.append_only else "no", "--appendfsync", "always", "--save", "",
                          "--maxmemory-policy", "noeviction"], self.folder, "redis", self.cores)
        processes.wait_for(self.answers, self.process, "redis-server")

    def answers(self):
        try:
            return self.call(["PING"]) == b"PONG"
        except (OSError, RuntimeError):  # not there yet, or loading its file
            return False

    call = stores.Redis.call

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Stores:
    """What one program needs beside it, named once."""

    def __init__(self, folder, redis, database, name):
        self.folder, self.redis, self.database, self.name = folder, redis, database, name

    def api(self, subject, redis_port=None, durable=True):
        return subject.api(self.folder, redis_port or self.redis.port, self.database, self.name, durable)

    def worker(self, subject):
        return subject.worker(self.folder, self.redis.port, self.database, self.name)


class Effort:
    """How long everything takes. Quick: ten minutes at most for all of them."""

    def __init__(self, quick):
        self.quick = quick
        self.rounds, self.seconds = (2, 1.2) if quick else (3, 4)
        self.windows_max = 5 if quick else 30
        self.rows_users, self.rows_seconds_max = (5_000, 20) if quick else (20_000, 150)
        self.kills, self.users_a_kill, self.redis_users, self.lost_answers = 10, 300, 2_000, 20
        self.kill_seconds_max, self.patience = (60, 8) if quick else (300, 75)
        self.seconds_max = 460 if quick else 6 * 3600  # until nothing more is begun, packages and compilers not counted

    def windows(self, subject):
        """How many windows a warm-up has, at least and at most. Who compiles while it runs may stand still for two
        windows long before it is fast."""
        least = subject.compiles_for_s // 3 if self.quick else subject.compiles_for_s
        return least, least + self.windows_max

    def rows_users_at(self, rate):
        """The crowd of the rows: who is slow gets one that half of the time is enough for."""
        return max(peer_paths.FIRST_ROWS, min(self.rows_users, round(rate * self.rows_seconds_max / 2)))

    def redis_users_of(self, subject):
        """Redis dies while a third of them have been heard, and all should be within the time that they have."""
        return self.redis_users // 4 if self.quick and subject.one_at_a_time else self.redis_users

    def time_is_up(self):
        return time.monotonic() - self.began > self.seconds_max

    def begin(self):
        self.began = time.monotonic()


class Run:
    def __init__(self, build, folder, effort, progress):
        self.build, self.folder, self.effort, self.progress = build, folder, effort, progress
        self.cores = peer_programs.AllCores()
        self.generator = peer_paths.generator(build, self.cores)
        self.records, self.without_aof, self.faults, self.starts, self.skipped, self.unsettled = [], [], {}, {}, {}, []
        self.rows_notes = {}

    def prepare(self, subjects):
        ready = []
        for subject in subjects:
            self.progress(f"packages of {subject.name}")
            try:
                subject.prepare()
                ready.append(subject)
            except peer_programs.Skipped as reason:
                self.skipped[subject.name] = str(reason)
        return ready

    def stand(self, subject, redis):
        name = subject.name.replace("-", "_")
        subject.make_database(self.database, name)
        return self.stand_on(subject, redis, name, durable=True)

    def stand_on(self, subject, redis, name, durable):
        api = Stores(self.folder, redis, self.database, name).api(subject, durable=durable)
        try:
            stand = peer_paths.Stand(subject, api, self.generator, redis, self.database, name)
        except BaseException:
            api.stop()
            raise
        stand.generator_program = os.path.join(self.build, "firstcome-load")
        return stand

    def all_stand(self, subjects, redis):
        """Those that start; one that does not is skipped by name."""
        stands = []
        for subject in subjects:
            self.progress(f"{subject.name} starts")
            try:
                stand = self.stand(subject, redis)
            except (RuntimeError, OSError) as error:
                if subject.name == "firstcome":
                    raise
                self.skipped[subject.name] = str(error).splitlines()[0]
                continue
            stands.append(stand)
            self.starts[subject.name] = stand.api.seconds_to_ready
        return stands

    def warm_up(self, stands, paths):
        for stand in stands:
            for path, connections in paths:
                self.progress(f"{stand.subject.name} warms up: {path}")
                if not stand.warm_up(path, connections, *self.effort.windows(stand.subject)):
                    self.unsettled.append(f"{stand.subject.name}, {path}")

    def speeds(self, subjects):
        """Sold out, everybody gets one, and a lone request, with Redis syncing each turn; then a yes without. The same
        programs on the same Redis, so that nobody has to be warmed up twice; they have no worker."""
        redis = Redis(self.folder, self.cores.server, append_only=True)
        stands = []
        try:
            stands = self.all_stand(subjects, redis)
            self.warm_up(stands, [("sold out", 64), ("yes", 64)])
            self.measure_all(stands, [("sold out", 64), ("sold out", 512), ("yes", 64), ("yes", 512), ("lone", 1)],
                             self.records)
            if self.effort.time_is_up():
                self.skipped["Redis without AOF"] = TIME_IS_UP
            else:
                self.without_file(stands, redis)
                self.measure_all(stands, [("yes", 64), ("yes", 512)], self.without_aof)
        finally:
            for stand in stands:
                stand.api.stop()
            redis.stop()
        return [stand.subject for stand in stands]

    def without_file(self, stands, redis):
        """Redis goes on without AOF. Who looks after what Redis promises has to be told, by a start of its own."""
        redis.call(["CONFIG", "SET", "appendonly", "no"])
        for place, stand in enumerate(stands):
            if stand.subject.asks_redis_for_durability:
                stand.api.stop()
                stands[place] = self.stand_on(stand.subject, redis, stand.name, durable=False)
                self.warm_up([stands[place]], [("yes", 64)])

    def measure_all(self, stands, paths, records):
        for path, connections in paths:
            found, failed = peer_paths.in_turns(stands, path, connections, self.effort.rounds, self.effort.seconds,
                                                self.progress)
            for name, reason in failed.items():
                self.skipped[f"{name}, {path} at {connections} connections"] = reason
            for stand in stands:
                if stand.subject.name not in failed:
                    records.append(peer_report.record(stand.subject.name, path, connections,
                                                      memory_mb=stand.api.group.memory_mb(),
                                                      **found[stand.subject.name]))

    def rows_of(self, subject):
        self.progress(f"{subject.name}: rows behind their yes")
        self.on_fresh_stores(subject, "rows", self.rows)

    def faults_of(self, subject):
        if self.effort.time_is_up():
            self.skipped[f"{subject.name}, kept"] = TIME_IS_UP
        else:
            self.on_fresh_stores(subject, "kept", self.note_faults)

    def note_faults(self, subject, place):
        self.faults[subject.name] = self.kept(subject, place)
        self.records.append(peer_report.record(subject.name, "kept", peer_faults.ASKERS,
                                               **peer_faults.total(self.faults[subject.name])))

    def on_fresh_stores(self, subject, what, measure):
        """So that nobody works off what another path has left."""
        name = f"{subject.name}_{what}".replace("-", "_")
        redis = Redis(self.folder, self.cores.server, append_only=True)
        try:
            subject.make_database(self.database, name)
            measure(subject, Stores(self.folder, redis, self.database, name))
        except (RuntimeError, OSError) as error:
            if subject.name == "firstcome":
                raise
            self.skipped[f"{subject.name}, {what}"] = " ".join(str(error).split())[:300]
        finally:
            redis.stop()

    def rows(self, subject, place):
        api = place.api(subject)
        worker = None
        try:
            worker = place.worker(subject)
            stand = peer_paths.Stand(subject, api, self.generator, place.redis, self.database, place.name)
            stand.generator_program = os.path.join(self.build, "firstcome-load")
            peer_faults.await_worker(place, subject, api)
            settled, rate = peer_paths.warm_up_rows(stand, worker, self.effort.rows_users, *self.effort.windows(subject))
            if not settled:
                self.unsettled.append(f"{subject.name}, rows")
            users = self.effort.rows_users_at(rate)
            found = peer_paths.measure_rows(stand, worker, users, self.effort.rows_seconds_max)
            memory = api.group.memory_mb() + worker.memory_mb()
        finally:
            if worker:
                worker.kill()
            api.stop()
        self.rows_notes[subject.name] = {"users": users, "all_there_ms": found.pop("all_there_ms"),
                                         "rows": found.pop("rows"),
                                         "refused": found.pop("refused")}
        self.records.append(peer_report.record(subject.name, "rows", 64, memory_mb=memory, **found))

    def kept(self, subject, place):
        effort, trials = self.effort, []
        api = place.api(subject)
        try:
            if not (effort.quick and getattr(subject, "worker_of", None)):
                self.progress(f"{subject.name}: its worker is killed")
                trials.append(peer_faults.kill_worker(place, subject, api, effort.kills, effort.users_a_kill,
                                                      self.patience_for(subject), effort.kill_seconds_max))
            self.progress(f"{subject.name}: Redis is killed")
            trials.append(peer_faults.kill_redis(place, subject, api, effort.redis_users_of(subject),
                                                 self.patience_for(subject)))
        finally:
            api.stop()
        self.progress(f"{subject.name}: answers of Redis are lost")
        trials.append(peer_faults.lose_answers(place, subject, effort.lost_answers, self.patience_for(subject)))
        return trials

    def patience_for(self, subject):
        """Seconds without a new row until nothing more is expected: longer than a queue's own time-out, and than a killed
        worker needs to be there again."""
        return max(self.effort.patience, getattr(subject, "looks_again_s", 0) * 1.5,
                   3 * self.starts.get(subject.name, 0))

    def all(self, subjects):
        self.effort.begin()
        self.database = stores.MariaDB(self.folder, self.cores.server)
        try:
            standing = self.speeds(subjects)
            for subject in standing:
                if self.effort.time_is_up():
                    self.skipped[f"{subject.name}, rows"] = TIME_IS_UP
                else:
                    self.rows_of(subject)
            # What is kept is no speed, and much of it is waiting: three at a time.
            with concurrent.futures.ThreadPoolExecutor(3) as some:
                list(some.map(self.faults_of, standing))
            order = {subject.name: place for place, subject in enumerate(standing)}
            self.records.sort(key=lambda one: (peer_report.PATHS.index(one["path"]), one["connections"],
                                               order[one["name"]]))
            self.faults = dict(sorted(self.faults.items(), key=lambda one: order[one[0]]))
        finally:
            self.database.stop()


def chosen_from(names):
    subjects = peer_programs.all_peers()
    known = [subject.name for subject in subjects]
    for name in names or []:
        if name not in known:
            raise RuntimeError(f"there is no peer {name}; there are {', '.join(known)}")
    wanted = set(names or known)
    wanted |= {subject.worker_of for subject in subjects if subject.name in wanted and hasattr(subject, "worker_of")}
    return [subject for subject in subjects if subject.name in wanted]


def measure(build, folder, quick, progress, names=None):
    run = Run(build, folder, Effort(quick), progress)
    subjects = [peer_programs.Firstcome(build)] + run.prepare(chosen_from(names))
    began = time.monotonic()
    described = machine.describe(folder, REPOSITORY)
    run.all(subjects)
    progress("")
    return {"machine": described, "records": run.records, "without_aof": run.without_aof, "faults": run.faults,
            "seconds_to_ready": run.starts, "skipped": run.skipped, "unsettled": run.unsettled, "rows": run.rows_notes,
            "seconds": time.monotonic() - began}, run.cores


def write(result, path):
    """FILE has what syncs; FILE-without-aof.json beside it the yes of a Redis that does not."""
    peer_report.write(result["records"], path)
    stem, ending = os.path.splitext(path)
    peer_report.write(result["without_aof"], f"{stem}-without-aof{ending}")
