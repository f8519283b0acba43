"""What runs beside each other: firstcome's api and worker, and each peer's, on the stores of one run.

A peer is a folder of bench/peers/: its packages come from its own registry, pinned, into build/peers/NAME/. All speak
the same HTTP (bench/peers/README.md), so one generator and one crowd ask all of them."""

import http.client
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import time

from . import nodes, processes, relay, stores

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PEERS = os.path.join(REPOSITORY, "bench", "peers")


class AllCores:
    """Nobody has a core of its own: programs, stores and generator share what there is, as on a small server."""

    def __init__(self):
        self.server = self.client = os.sched_getaffinity(0)
        self.pinned = None


class Skipped(Exception):
    """This peer cannot be had here; the reason is for the reader."""


def version_of(command, pattern=r"(\d+)\.(\d+)"):
    """(major, minor) of a program; None when it is not there."""
    if not shutil.which(command[0]):
        return None
    told = subprocess.run(command, capture_output=True, text=True)
    found = re.search(pattern, told.stdout + told.stderr)
    return (int(found.group(1)), int(found.group(2))) if found else None


def require(name, command, least):
    found = version_of(command)
    if found is None or found < least:
        what = "is not here" if found is None else f"is {found[0]}.{found[1]} here"
        raise Skipped(f"{name} {what}; {least[0]}.{least[1]} or newer is needed")


def prepare(command, folder, environment=None, seconds=900):
    """One step of getting a peer's packages or compiling it. What fails skips the peer, with its last words."""
    try:
        done = subprocess.run(command, cwd=folder, env=dict(os.environ, **(environment or {})), capture_output=True,
                              text=True, timeout=seconds, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"{command[0]}: {error}") from None
    if done.returncode != 0:
        last = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise Skipped(f"`{' '.join(command[:3])} …` failed: " + " ".join(re.sub(r"[a-z]+://\S+", "(mirror)", line)
                                                                       for line in last))


class Group:
    """A program with all the processes that it starts: a group of its own, by whose id it is measured and ended. No session
    of its own: the kernel may share cores among sessions (autogroup), and stores and generator are in ours."""

    def __init__(self, command, folder, name, environment):
        self.log_path = os.path.join(folder, name + ".log")
        self.log = open(self.log_path, "ab")
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        env=environment, process_group=0)
        self.pid = self.process.pid

    def members(self):
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/stat") as stat:
                        fields = stat.read().rsplit(")", 1)[1].split()
                except OSError:
                    continue
                if int(fields[2]) == self.pid and fields[0] != "Z":
                    found.append(int(entry))
        return found

    def cpu_seconds(self):
        """Of those that live; a process of the group that ended takes its time with it."""
        total = 0.0
        for pid in self.members():
            try:
                total += stores.cpu_seconds(pid)
            except OSError:
                pass
        return total

    def memory_mb(self):
        """Resident; what several of its processes share is counted once (PSS)."""
        total = 0
        for pid in self.members():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as rollup:
                    total += sum(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
            except OSError:
                pass
        return total / 1024

    def last_words(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()[-1500:]

    def kill(self):
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.log.close()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                pass
        self.kill()


class Api:
    """A node that answers requests: where, and since when."""

    def __init__(self, group, port, token=None):
        self.group, self.port, self.token, self.pid = group, port, token, group.pid
        self.process = group.process
        try:
            processes.wait_for(self.is_ready, group.process, "its /readyz", seconds=180)
        except RuntimeError as error:
            group.kill()
            raise RuntimeError(f"{error}\n{group.last_words()}") from None
        self.seconds_to_ready = time.monotonic() - group.began

    call = processes.Server.call
    create_coupon = processes.Server.create_coupon

    def is_ready(self):
        try:
            return self.call("GET", "/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def stop(self):
        self.group.stop()


class Firstcome:
    name, compiles_for_s, asks_redis_for_durability = "firstcome", 0, True
    loses, one_at_a_time, yes_or_not_now = (relay.SCRIPTS,), False, "200,201,202"

    def __init__(self, build):
        self.build = build

    def prepare(self):
        pass

    def make_database(self, database, name):
        database.run(f"CREATE DATABASE {name}")

    def environment(self, redis_port, database, name):
        return dict(os.environ, FIRSTCOME_REDIS=f"redis://127.0.0.1:{redis_port}",
                    FIRSTCOME_DATABASE=database.url(name), FIRSTCOME_ADMIN_TOKEN=nodes.TOKEN)

    def start(self, kind, folder, redis_port, database, name, *flags):
        environment = self.environment(redis_port, database, name)
        subprocess.run([os.path.join(self.build, "firstcome"), "migrate"], check=True, capture_output=True,
                       env=environment)
        port_file = os.path.join(folder, f"firstcome-{kind}.port")
        if os.path.exists(port_file):
            os.unlink(port_file)
        group = Group([os.path.join(self.build, "firstcome"), kind, "--listen", "127.0.0.1:0", "--port-file", port_file,
                       *flags], folder, f"firstcome-{kind}", environment)
        return group, port_file

    def api(self, folder, redis_port, database, name, durable=True):
        flags = ["--max-connections", "2000", "--max-backlog", "10000000"]
        if not durable:
            flags += ["--durability", "none"]
        group, port_file = self.start("api", folder, redis_port, database, name, *flags)
        try:
            port = processes.wait_for(lambda: processes.port_of(port_file), group.process, "firstcome api")
        except RuntimeError as error:
            group.kill()
            raise RuntimeError(f"{error}\n{group.last_words()}") from None
        return Api(group, port, nodes.TOKEN)

    def worker(self, folder, redis_port, database, name):
        return self.start("worker", folder, redis_port, database, name)[0]

    def create_coupon(self, api, database, name, quantity):
        return api.create_coupon(quantity=quantity)

    def queued(self, redis):
        return 0  # what is not a row when all is quiet counts as lost


class Peer:
    """A folder of bench/peers/ with its own way to be built and started; subclasses say which."""

    stream = None
    asks_redis_for_durability = False
    compiles_for_s = 0  # seconds of load until a virtual machine has compiled what a request needs
    loses = (relay.SCRIPTS,)  # the commands that decide: whose answers a relay loses, in turns
    one_at_a_time = False  # a lock lets one user after the other decide
    yes_or_not_now = "200,201,202"  # what everybody may hear when there is enough for all
    coupons = itertools.count(1)  # made by the run; one number for all peers, so that no two share a coupon

    def __init__(self):
        self.source = os.path.join(PEERS, self.folder_name())
        self.built = os.path.join(REPOSITORY, "build", "peers", self.folder_name())

    def folder_name(self):
        return self.name

    def make_database(self, database, name):
        database.run(f"CREATE DATABASE {name}")
        with open(os.path.join(PEERS, "schema.sql")) as schema:
            database.run(f"USE {name}; {schema.read()}")

    def environment(self, redis_port, database, name, port=0):
        return dict(os.environ, REDIS_PORT=str(redis_port), MYSQL_PORT=str(database.port), MYSQL_DATABASE=name,
                    PORT=str(port), ISSUE_LUA=os.path.join(PEERS, "issue.lua"))

    def api(self, folder, redis_port, database, name, durable=True):
        port = stores.free_port()
        return Api(Group(self.command("api", port), folder, f"{self.name}-api",
                         self.environment(redis_port, database, name, port)), port)

    def worker(self, folder, redis_port, database, name):
        port = stores.free_port()
        return Group(self.command("worker", port), folder, f"{self.name}-worker",
                     self.environment(redis_port, database, name, port))

    def create_coupon(self, api, database, name, quantity):
        coupon = next(Peer.coupons)
        quantity = 2_000_000_000 if quantity is None else quantity
        database.run(f"INSERT INTO {name}.coupons VALUES ({coupon}, 'benchmark', {quantity}, "
                     "UTC_TIMESTAMP() - INTERVAL 1 DAY, UTC_TIMESTAMP() + INTERVAL 2 DAY)")
        return coupon

    def queued(self, redis):
        """Entries that wait in Redis, taken by the worker or not."""
        return redis.call(["XLEN", self.stream])


class Go(Peer):
    name, stream = "go", "go:issues"

    def prepare(self):
        require("Go", ["go", "version"], (1, 25))
        os.makedirs(self.built, exist_ok=True)
        prepare(["go", "build", "-mod=readonly", "-o", os.path.join(self.built, "peer"), "."], self.source,
                {"GOMODCACHE": os.path.join(self.built, "modules"), "GOFLAGS": "-modcacherw"})

    def command(self, kind, port):
        return [os.path.join(self.built, "peer"), kind]


class Python(Peer):
    name, stream = "python", "python:issues"

    def prepare(self):
        require("Python", ["/usr/bin/python3", "--version"], (3, 11))
        python = os.path.join(self.built, "bin", "python")
        if not os.path.exists(python):
            prepare(["/usr/bin/python3", "-m", "venv", self.built], self.source)
        prepare([python, "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r",
                 "requirements.txt"], self.source)

    def command(self, kind, port):
        python = os.path.join(self.built, "bin", "python")
        if kind == "worker":
            return [python, "-B", os.path.join(self.source, "worker.py")]
        return [python, "-B", "-m", "uvicorn", "api:app", "--app-dir", self.source, "--host", "127.0.0.1", "--port",
                str(port), "--workers", str(len(os.sched_getaffinity(0))), "--loop", "uvloop", "--http", "httptools",
                "--no-access-log", "--log-level", "warning"]


class Node(Peer):
    name = "node"
    looks_again_s = 60  # BullMQ: a lock lasts 30 s, and twice every 30 s a job must be seen without one

    def prepare(self):
        require("Node", ["node", "--version"], (20, 0))
        os.makedirs(self.built, exist_ok=True)
        for name in os.listdir(self.source):
            shutil.copy2(os.path.join(self.source, name), self.built)
        prepare(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], self.built)

    def command(self, kind, port):
        return ["node", os.path.join(self.built, f"{kind}.js")]

    def queued(self, redis):
        lists = [redis.call(["LLEN", f"node:issues:{name}"]) for name in ("wait", "active", "paused")]
        return sum(lists) + sum(redis.call(["ZCARD", f"node:issues:{name}"]) for name in ("delayed", "prioritized"))


class Spring(Peer):
    name, stream, profiles = "spring", "spring:issues", "api"
    compiles_for_s = 60  # of load, until Java's second compiler has the paths of a request

    def folder_name(self):
        return "spring"

    def prepare(self):
        require("Java", ["javac", "-version"], (17, 0))
        require("Maven", ["mvn", "-version"], (3, 6))
        prepare(["mvn", "-B", "-q", "-Dmaven.repo.local=" + os.path.join(os.path.dirname(self.built), "maven"),
                 "-Dpeer.target=" + self.built, "package"], self.source)

    def command(self, kind, port):
        program = ["java", "-jar", os.path.join(self.built, "peer.jar")]
        if kind == "worker":
            return [*program, "--spring.profiles.active=worker", "--spring.main.web-application-type=none"]
        return [*program, f"--spring.profiles.active={self.profiles}"]


class SpringWithLock(Spring):
    """The same service with Redisson's lock around the steps in place of the script. Its worker is spring's."""

    name, profiles = "spring-redisson", "api,redisson"
    worker_of = "spring"
    compiles_for_s = 30  # it mostly waits for the lock
    one_at_a_time = True
    yes_or_not_now = "200,201,202,503"  # whose turn does not come within the lock's 3 s is refused
    loses = ((b"EVALSHA",), (b"SADD",))  # the lock's script, and the step under it that decides

    def prepare(self):
        if not os.path.exists(os.path.join(self.built, "peer.jar")):
            raise Skipped("it is a part of spring, which was not built")


def all_peers():
    return [Go(), Node(), Python(), Spring(), SpringWithLock()]
