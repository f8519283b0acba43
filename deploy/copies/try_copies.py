#!/usr/bin/python3
"""Loses a machine in the middle of a crowd, starts again from the copy, and counts the answered coupons that are missing.

  try_copies.py --program build/release/firstcome --way backup [--every-s 2] [--seconds 12]
  try_copies.py --program build/release/firstcome --way litestream --litestream PATH [--every-s 1]

Two temporary folders are the two machines; nothing leaves this one. In the lost one the node and what copies are killed with SIGKILL, and its
folder is not looked at again but to tell what a start there would have had. docs/copies.md has what was seen.
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
READY_DEADLINE_S = 60
CALLERS = 8
QUANTITY = 1_000_000


class node:
    def __init__(self, program, data):
        self.data, port = data, data.with_suffix(".port")
        port.unlink(missing_ok=True)
        with open(data.with_suffix(".log"), "a") as log:
            self.process = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--port-file", port],
                                            stdout=log, stderr=log)
        deadline = time.monotonic() + READY_DEADLINE_S
        while True:
            with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
                self.port = int(port.read_text().strip().rsplit(":", 1)[1])
                if self.connect().ask("GET", "/readyz")[0] == 200:
                    return
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"the node does not start: {data.with_suffix('.log').read_text()[-2000:]}")
            time.sleep(0.05)

    def connect(self):
        return caller(self.port, (self.data / "admin.token").read_text().strip())


class caller:
    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}

    def ask(self, method, path, body=None):
        self.connection.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.connection.getresponse()
        return answer.status, json.loads(answer.read())


class crowd:
    """New users, one after the other on each connection. Keeps what was heard: that is the backend's log."""

    def __init__(self, to, coupon):
        self.heard, self.refused, self.longest_s, self.path = {}, 0, 0.0, f"/v1/coupons/{coupon}/issues"
        self.threads = [threading.Thread(target=self.run, args=(to.connect(), first), daemon=True) for first in range(1, CALLERS + 1)]
        for each in self.threads:
            each.start()

    def run(self, connection, user):
        while True:
            began = time.monotonic()
            try:
                status, answer = connection.ask("POST", self.path, {"userId": user})
            except (OSError, ValueError, http.client.HTTPException):
                return  # the machine is gone: unknown, so nothing was promised
            self.longest_s = max(self.longest_s, time.monotonic() - began)
            if status == 201:
                self.heard[user] = (answer["sequence"], time.monotonic())
                user += CALLERS
            else:
                self.refused += 1

    def wait(self):
        for each in self.threads:
            each.join()


class by_backup:
    """copy_once.sh, again and again: `firstcome backup`, then rsync. It only reads the ledger."""

    def __init__(self, arguments, lost, other):
        self.every_s, self.other, self.taken, self.longest_s = arguments.every_s, other, 0, 0.0
        self.environment = {**os.environ, "COPY_FROM": str(lost / "data"), "COPY_TO": str(other), "COPY_PROGRAM": str(arguments.program),
                            "RUNTIME_DIRECTORY": str(lost)}
        self.gone, self.copying = threading.Event(), None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.gone.wait(self.every_s):
            began = time.monotonic()
            self.copying = subprocess.Popen([HERE / "copy_once.sh"], env=self.environment, start_new_session=True)
            if self.copying.wait() != 0 and not self.gone.is_set():
                sys.exit("a copy failed")
            self.taken, self.longest_s = self.taken + 1, max(self.longest_s, time.monotonic() - began)

    def kill(self):
        self.gone.set()
        with contextlib.suppress(ProcessLookupError, AttributeError):  # one that is half way dies with the machine
            os.killpg(self.copying.pid, signal.SIGKILL)
        self.thread.join()

    def restored(self):
        return self.other / "firstcome.db"

    def tell(self):
        return f"{self.taken} copies, the slowest took {self.longest_s:.2f} s"


class by_litestream:
    """litestream follows the WAL and ships it to a replica. It writes two tables of its own into the ledger, and checkpoints it."""

    def __init__(self, arguments, lost, other):
        self.program, self.other = arguments.litestream, other
        settings = lost / "litestream.yml"
        settings.write_text(json.dumps({"dbs": [{
            "path": str(lost / "data/firstcome.db"), "monitor-interval": f"{arguments.every_s}s", "busy-timeout": "100ms",
            # Also 0.5 reads `replicas`; 0.3 knows no `replica`, and would run without a word and copy nothing.
            "replicas": [{"type": "file", "path": str(other / "replica"), "sync-interval": f"{arguments.every_s}s"}]}]}))
        self.log = lost / "litestream.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen([self.program, "replicate", "-config", settings], stdout=log, stderr=log)

    def kill(self):
        if self.process.poll() is not None:
            sys.exit(f"litestream ended by itself:\n{self.log.read_text()[-3000:]}")
        self.process.kill()
        self.process.wait()

    def restored(self):
        copy = self.other / "restored.db"
        subprocess.run([self.program, "restore", "-o", copy, (self.other / "replica").as_uri()], check=True, stdout=subprocess.DEVNULL)
        return copy

    def tell(self):
        lines = [line for line in self.log.read_text().splitlines() if "level=ERROR" in line or "level=WARN" in line]
        return f"{len(lines)} warnings and errors" + "".join("\n  " + line for line in lines[:5])


def audit(program, data):
    ended = subprocess.run([program, "audit", "--data-dir", data], capture_output=True, text=True)
    print(f"audit: exit code {ended.returncode}: {(ended.stdout + ended.stderr).strip().splitlines()[-1]}")
    return ended.returncode


def lose_the_machine(arguments, lost, other):
    first = node(arguments.program, lost / "data")
    hour = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + shift)) for shift in (-3600, 3600)]
    status, coupon = first.connect().ask("POST", "/v1/coupons", {"title": "t", "totalQuantity": QUANTITY, "dateIssueStart": hour[0],
                                                                  "dateIssueEnd": hour[1]})
    assert status == 201, coupon
    way = {"backup": by_backup, "litestream": by_litestream}[arguments.way](arguments, lost, other)
    buyers = crowd(first, coupon["id"])
    time.sleep(arguments.seconds)
    way.kill()
    first.process.send_signal(signal.SIGKILL)
    killed = time.monotonic()
    first.process.wait()
    buyers.wait()
    print(f"{arguments.way}, every {arguments.every_s} s, lost after {arguments.seconds} s: {len(buyers.heard)} answered "
          f"({len(buyers.heard) / arguments.seconds:.0f} /s), {buyers.refused} refused, the longest answer took {buyers.longest_s:.2f} s; {way.tell()}")
    return coupon["id"], buyers, way, killed


def bring_back(arguments, copy, other, coupon, buyers, killed):
    """From the copy, closed to the crowd; then the backend asks again for each that it told yes, in the order of their places."""
    data = other / "data"
    data.mkdir()
    (data / "admin.token").write_text(secrets.token_hex(32) + "\n")
    (data / "admin.token").chmod(0o600)
    subprocess.run([arguments.program, "restore", "--data-dir", data, copy], check=True, stdout=subprocess.DEVNULL)
    code = audit(arguments.program, data)
    second = node(arguments.program, data)
    admin = second.connect()
    has = admin.ask("GET", f"/v1/coupons/{coupon}")[1]["issuedQuantity"]
    missing = {user: heard for user, heard in buyers.heard.items() if heard[0] > has}
    window = killed - min((at for _, at in missing.values()), default=killed)
    print(f"the copy has {has} issues; of those that were answered, {len(missing)} are missing: the last {window:.2f} s")
    same = again = 0
    for user, (place, _) in sorted(buyers.heard.items(), key=lambda each: each[1][0]):
        if place + 100 < has:
            continue  # far below what the copy has: whoever asks again hears the same; a hundred of them are asked here
        status, record = admin.ask("POST", f"/v1/coupons/{coupon}/issues", {"userId": user})
        again += status in (200, 201)
        same += record.get("sequence") == place
        if (status == 201) != (user in missing):
            print(f"user {user} heard {status}, which does not fit what the copy has")
            code = 1
    print(f"asked again in the order of their places: {again} have it, {same} of them in the place that they were told")
    second.process.terminate()
    second.process.wait()
    return code or audit(arguments.program, data) or int(again == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--way", choices=["backup", "litestream"], required=True)
    parser.add_argument("--litestream", help="the program")
    parser.add_argument("--every-s", type=float, default=1)
    parser.add_argument("--seconds", type=float, default=12)
    arguments = parser.parse_args()
    arguments.program = arguments.program.resolve()
    needed = "rsync" if arguments.way == "backup" else arguments.litestream
    if not needed or not shutil.which(needed):
        sys.exit(f"there is no {needed or 'litestream: --litestream PATH'} here")
    with tempfile.TemporaryDirectory() as lost, tempfile.TemporaryDirectory() as other:
        lost, other = pathlib.Path(lost), pathlib.Path(other)
        coupon, buyers, way, killed = lose_the_machine(arguments, lost, other)
        wal = (lost / "data/firstcome.db-wal").stat().st_size / 1e6
        print(f"what stayed on the lost disk, with {wal:.1f} MB in the WAL: ", end="", flush=True)
        audit(arguments.program, lost / "data")
        return bring_back(arguments, way.restored(), other, coupon, buyers, killed)


if __name__ == "__main__":
    sys.exit(main())
