"""A data folder of 0.1.0 under this version: every issue keeps its record, and nobody gets a second one. The node says
in its log that it upgraded; `firstcome migrate --data-dir` does the same by hand, once, and refuses a newer ledger.

  check_upgrade.py PROGRAM FOLDER_OF_THIS_FILE

CHANGELOG.md says "upgrade from 0.1.0": this is the promise for the embedded shape.
"""
import http.client
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

TOKEN = "0123456789abcdef0123456789abcdef"
TIMEOUT_S = 60
OLD, PRESENT = 1, 2  # versions of the ledger
LOGGED = "the ledger was upgraded in place"
# What the node of 0.1.0 answered: (coupon, user): sequence, status, dateIssued.
RECORDS = {(1, 1): (1, "issued", "2026-11-28T13:23:49.309Z"), (1, 2): (2, "used", "2026-11-28T13:23:49.345Z"),
           (1, 9223372036854775807): (3, "issued", "2026-11-28T13:23:49.360Z"), (2, 7): (1, "issued", "2026-11-28T13:23:49.379Z")}
# Requests to issue, and what they must hear: coupon, user, status, code.
REQUESTS = [(1, 1, 200, None), (1, 9223372036854775807, 200, None), (2, 7, 200, None), (2, 9, 409, "sold_out"), (3, 5, 409, "paused")]


class node:
    def __init__(self, program, folder):
        port_file = folder.parent / "port"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder, "--port-file", port_file],
                                        stderr=subprocess.PIPE, text=True)
        for _ in range(TIMEOUT_S * 20):
            if port_file.exists() and (text := port_file.read_text()).endswith("\n"):
                self.port = int(text.rsplit(":", 1)[1])
                return
            if self.process.poll() is not None:
                sys.exit(f"the node does not start on a folder of 0.1.0: {self.process.stderr.read()}")
            time.sleep(0.05)
        sys.exit("the node does not become ready on a folder of 0.1.0")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
        connection.request(method, path, body and json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def stop(self):
        """Answers what it logged."""
        self.process.terminate()
        return self.process.communicate(timeout=TIMEOUT_S)[1]


def checked(running, expected_next):
    found = []
    for (coupon, user), record in RECORDS.items():
        status, told = running.ask("GET", f"/v1/coupons/{coupon}/issues/{user}")
        if status != 200 or (told["sequence"], told["status"], told["dateIssued"]) != record:
            found.append(f"coupon {coupon}, user {user}: {status} {told}, and not {record}")
    for coupon, user, status, code in REQUESTS:
        said, told = running.ask("POST", f"/v1/coupons/{coupon}/issues", {"userId": user})
        if said != status or told.get("code") != code:
            found.append(f"POST coupon {coupon}, user {user}: {said} {told}, and not {status} {code}")
    user, place = expected_next
    status, told = running.ask("POST", "/v1/coupons/1/issues", {"userId": user})
    if (status, told.get("sequence")) != (201, place):
        found.append(f"the next user of coupon 1: {status} {told}, and not place {place}")
    return found


def folder_of_0_1(parent, here):
    folder = parent / "data"
    folder.mkdir(mode=0o700)
    ledger = sqlite3.connect(folder / "firstcome.db")
    ledger.executescript((pathlib.Path(here) / "embedded-0.1.0.sql").read_text())
    ledger.close()
    token = folder / "admin.token"
    token.touch(mode=0o600)
    token.write_text(TOKEN + "\n")
    return folder


def firstcome(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=TIMEOUT_S)


def version_of(file):
    ledger = sqlite3.connect(file)
    try:
        return ledger.execute("PRAGMA user_version").fetchone()[0]
    finally:
        ledger.close()


def set_version(file, version):
    ledger = sqlite3.connect(file)
    ledger.execute(f"PRAGMA user_version = {version}")
    ledger.commit()
    ledger.close()


def broken_by_serve(program, folder):
    found = []
    # Twice: what was upgraded is opened again.
    for expected_next, upgrades in (((100, 4), 1), ((101, 5), 0)):
        running = node(program, folder)
        try:
            found += checked(running, expected_next)
        finally:
            log = running.stop()
        said = [line for line in map(json.loads, log.splitlines()) if line["msg"] == LOGGED]
        told = [(line["from_version"], line["to_version"], line["backup"]) for line in said]
        expected = [(OLD, PRESENT, f"{folder}/firstcome.db.v1-backup")] * upgrades
        if told != expected:
            found.append(f"serve logs of upgrades {told}, and not {expected}: {log}")
        audit = firstcome(program, "audit", "--data-dir", folder)
        if audit.returncode != 0:
            found.append(f"audit: {audit.stdout}{audit.stderr}")
    return found


def broken_by_migrate(program, folder):
    file, backup = folder / "firstcome.db", folder / "firstcome.db.v1-backup"
    found = []

    def expect(what, done, status, *words):
        text = done.stdout + done.stderr
        missing = [word for word in words if word not in text]
        if done.returncode != status or missing:
            found.append(f"migrate, {what}: exit {done.returncode} and not {status}, or without {missing}: {text}")

    def expect_version(what, of, version):
        if version_of(of) != version:
            found.append(f"migrate, {what}: {of} has version {version_of(of)}, and not {version}")

    def migrate():
        return firstcome(program, "migrate", "--data-dir", folder)

    expect("an old ledger", migrate(), 0, f"now at version {PRESENT}", f"it had version {OLD}", str(backup))
    expect_version("an old ledger", file, PRESENT)
    expect_version("an old ledger", backup, OLD)
    backup.unlink()
    expect("an upgraded ledger", migrate(), 0, f"is at version {PRESENT} already")
    if backup.exists():
        found.append("migrate, an upgraded ledger: it was copied again")
    set_version(file, PRESENT + 1)
    expect("a newer ledger", migrate(), 1, f"has version {PRESENT + 1}", f"knows version {PRESENT}")
    expect_version("a newer ledger", file, PRESENT + 1)
    set_version(file, PRESENT)
    audit = firstcome(program, "audit", "--data-dir", folder)
    if audit.returncode != 0:
        found.append(f"audit after migrate: {audit.stdout}{audit.stderr}")
    return found


def main(program, here):
    found = []
    for broken_by in (broken_by_serve, broken_by_migrate):
        with tempfile.TemporaryDirectory() as name:
            found += broken_by(program, folder_of_0_1(pathlib.Path(name), here))
    print("\n".join(found) if found else f"{len(RECORDS)} records of 0.1.0 are as they were")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
