"""A Redis and a MariaDB of the benchmark's own: free ports, a folder that goes away, ended by process id."""

import os
import signal
import socket
import subprocess
import time

from . import processes


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of a process so far."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Process:
    def __init__(self, command, folder, name, cores, environment=None):
        self.log_path = os.path.join(folder, name + ".log")
        self.log = open(self.log_path, "ab")
        self.process = processes.start(command, cores, self.log, environment)
        self.pid = self.process.pid

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


class Redis(Process):
    def __init__(self, folder, cores):
        data = os.path.join(folder, "redis")
        os.makedirs(data)
        self.port = free_port()
        super().__init__(["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", data,
                          "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                          "--maxmemory-policy", "noeviction"], folder, "redis", cores)
        self.url = f"redis://127.0.0.1:{self.port}"
        processes.wait_for(self.answers, self.process, "redis-server")

    def answers(self):
        try:
            return self.call(["PING"]) == b"PONG"
        except OSError:
            return False

    def call(self, words):
        with Pipeline(self.port) as connection:
            return connection.run([words])[0]


class MariaDB(Process):
    def __init__(self, folder, cores):
        data = os.path.join(folder, "mariadb")
        # Its own: a mariadbd that starts removes the temporary tables that others have in the same folder.
        temporary = os.path.join(folder, "mariadb-tmp")
        os.makedirs(temporary, exist_ok=True)
        subprocess.run(["mariadb-install-db", "--no-defaults", "--user=root", "--datadir=" + data, "--tmpdir=" + temporary,
                        "--auth-root-authentication-method=normal", "--skip-test-db"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.port = free_port()
        self.socket = os.path.join(folder, "mariadb.socket")
        super().__init__(["mariadbd", "--no-defaults", "--user=root", "--datadir=" + data, "--socket=" + self.socket,
                          "--tmpdir=" + temporary,
                          f"--port={self.port}", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=512M"],
                         folder, "mariadb", cores)
        processes.wait_for(lambda: self.run("SELECT 1", check=False) == "1", self.process, "mariadbd")
        self.run("CREATE DATABASE coupon")
        self.run("CREATE DATABASE scratch")

    def url(self, database="coupon"):
        return f"mysql://root@127.0.0.1:{self.port}/{database}"

    def run(self, sql, check=True):
        done = subprocess.run(["mariadb", "--no-defaults", "--user=root", "--socket=" + self.socket, "--batch",
                               "--skip-column-names", "--execute", sql], capture_output=True, text=True)
        if check and done.returncode != 0:
            raise RuntimeError(f"mariadb: {done.stderr}")
        return done.stdout.strip()


class Pipeline:
    """One connection that sends many commands at once and reads their replies: as much of Redis' protocol as that
    takes. A reply is bytes, a number, a list, or None; an error reply is thrown."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.reader.close()
        self.socket.close()

    @staticmethod
    def encode(words):
        parts = [b"*%d\r\n" % len(words)]
        for word in words:
            word = word if isinstance(word, bytes) else str(word).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
        return b"".join(parts)

    def run(self, commands):
        return self.run_encoded(b"".join(map(self.encode, commands)), len(commands))

    def run_encoded(self, data, count):
        self.socket.sendall(data)
        return [self.read() for _ in range(count)]

    def read(self):
        line = self.reader.readline()
        if not line:
            raise RuntimeError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError("Redis: " + rest.decode())
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        length = int(rest)
        if length < 0:
            return None
        if kind == b"$":
            return self.reader.read(length + 2)[:-2]
        return [self.read() for _ in range(length)]


def when(condition, seconds, what):
    """Seconds until the condition holds."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(0.01)
    return time.monotonic() - began
