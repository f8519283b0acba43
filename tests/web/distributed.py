"""The distributed shape for the tests of the pages: a Redis, a MariaDB, an API node and a worker of the test's own."""
import os
import socket
import subprocess
import sys

from node import Node, until

os.environ["PATH"] += ":/usr/sbin"  # where mariadbd is, also for who is not root

ADMIN_TOKEN = "the-admin-of-this-test-and-no-other"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class DistributedNode(Node):
    """An API node as Node is one, so that a part of the tests sees no difference; the stores and a worker come with it."""

    def __init__(self, program, folder, *flags):
        self.servers = []
        folder.mkdir(parents=True, exist_ok=True)
        try:
            self.environment = {**os.environ, "FIRSTCOME_ADMIN_TOKEN": ADMIN_TOKEN,
                                "FIRSTCOME_REDIS": self.redis(folder), "FIRSTCOME_DATABASE": self.database(folder)}
            subprocess.run([program, "migrate"], env=self.environment, check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            self.serve_beside(folder, "worker", [program, "worker", "--listen", "127.0.0.1:0"], env=self.environment)
            super().__init__(program, folder, *flags)
        except BaseException:
            self.stop_servers()
            raise

    def serve_beside(self, folder, name, command, **more):
        with open(folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
        self.servers.append(process)
        return process

    def redis(self, folder):
        """Its port may be taken between the choice and the start: then another is tried."""
        def started():
            port = free_port()
            process = self.serve_beside(folder, "redis", [
                "redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes",
                "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"])
            return until("Redis answers or is gone", lambda: process.poll() is not None or answers(port)) is not True and port

        def answers(port):
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                    line.sendall(b"PING\r\n")
                    return "yes" if line.recv(16).startswith(b"+PONG") else None
            except OSError:
                return None

        return f"redis://127.0.0.1:{until('Redis starts', started)}"

    def database(self, folder):
        data, temporary = folder / "mariadb", folder / "mariadb-tmp"  # its own: a server that starts clears what is in it
        temporary.mkdir()
        user = ["--user=root"] if os.geteuid() == 0 else []
        subprocess.run(["mariadb-install-db", "--no-defaults", *user, f"--datadir={data}", f"--tmpdir={temporary}",
                        "--auth-root-authentication-method=normal", "--skip-test-db"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        door = folder / "mariadb.socket"

        def runs(sql):
            return subprocess.run(["mariadb", "--no-defaults", "--user=root", f"--socket={door}", "--execute", sql],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

        self.sql = runs  # whether the database took it

        def started():
            port = free_port()
            process = self.serve_beside(folder, "mariadb", [
                "mariadbd", "--no-defaults", *user, f"--datadir={data}", f"--socket={door}", f"--tmpdir={temporary}",
                f"--port={port}", "--bind-address=127.0.0.1", "--innodb-buffer-pool-size=64M"])
            return until("MariaDB answers or is gone",
                         lambda: process.poll() is not None or ("yes" if runs("SELECT 1") else None)) is not True and port

        port = until("MariaDB starts", started)
        assert runs("CREATE DATABASE coupon"), "the database is not made"
        return f"mysql://root@127.0.0.1:{port}/coupon"

    def command(self, port_file):
        return [self.program, "api", "--listen", self.address, "--port-file", port_file,
                "--tokens", self.folder / "tokens.toml", *self.flags]

    def admin_token(self):
        return ADMIN_TOKEN

    def stop_servers(self):
        for process in reversed(self.servers):
            if process.poll() is None:
                process.kill()
            process.wait()

    def stop_all(self):
        super().stop_all()
        self.stop_servers()

    def show_log(self):
        super().show_log()
        for log in self.folder.glob("*.log"):
            print(f"{log.name}: {log.read_text(errors='replace')[-2000:]}", file=sys.stderr)
