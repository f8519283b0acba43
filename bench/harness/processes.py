"""Starts what is measured and what measures: each on free ports, pinned to a core of its own where there are two."""

import http.client
import json
import os
import signal
import subprocess
import time


class Cores:
    """Server and client on one core each, so that neither takes the other's time."""

    def __init__(self):
        cores = sorted(os.sched_getaffinity(0))
        self.pinned = len(cores) >= 2
        self.server = {cores[0]} if self.pinned else set(cores)
        self.client = {cores[1]} if self.pinned else set(cores)


def start(command, cores, log, environment=None):
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment,
                            preexec_fn=lambda: os.sched_setaffinity(0, cores))


def wait_for(condition, process, what, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        if process.poll() is not None:
            raise RuntimeError(f"{what}: the process ended with {process.returncode}")
        time.sleep(0.001)
    raise RuntimeError(f"{what}: not within {seconds} s")


def line_of(path):
    """A whole line of a small file; nothing while it is not there or still being written."""
    try:
        with open(path) as file:
            line = file.readline()
    except FileNotFoundError:
        return None
    return line.strip() if line.endswith("\n") else None


def port_of(path):
    """The port that a port file tells: PORT or ADDRESS:PORT, one line."""
    line = line_of(path)
    return int(line.rsplit(":", 1)[-1]) if line else None


class Limit:
    """The bare epoll loop of bench/limits/."""

    def __init__(self, build, folder, cores):
        port_file = os.path.join(folder, "limit.port")
        self.log = open(os.path.join(folder, "limit.log"), "ab")
        self.process = start([os.path.join(build, "epoll_limit"), "--port-file", port_file], cores.server, self.log)
        self.port = wait_for(lambda: port_of(port_file), self.process, "the limit")
        self.pid = self.process.pid

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()


class Server:
    """`firstcome serve` with one event loop. `seconds_to_ready`: from exec until /readyz says 200."""

    def __init__(self, build, folder, name, cores, environment=None, connections_max=2000, flags=()):
        port_file = os.path.join(folder, name + ".port")
        data = os.path.join(folder, name)
        if os.path.exists(port_file):
            os.unlink(port_file)
        self.log_path = os.path.join(folder, name + ".log")
        self.log = open(self.log_path, "ab")
        command = [os.path.join(build, "firstcome"), "serve", "--listen", "127.0.0.1:0", "--port-file", port_file,
                   "--data-dir", data, "--threads", "1", "--max-connections", str(connections_max), *flags]
        began = time.monotonic()
        self.process = start(command, cores.server, self.log, environment)
        self.pid = self.process.pid
        try:
            self.port = wait_for(lambda: port_of(port_file), self.process, "the server's port")
            wait_for(self.is_ready, self.process, "the server's /readyz")
            self.seconds_to_ready = time.monotonic() - began
            self.token = wait_for(lambda: line_of(os.path.join(data, "admin.token")), self.process, "its token")
        except RuntimeError as error:
            self.stop()
            with open(self.log_path) as log:
                raise RuntimeError(f"{error}\n{log.read()[-2000:]}") from None

    def call(self, method, path, body=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Content-Type": "application/json"}
        if token is None and path == "/v1/coupons":
            token = self.token
        if token is not None:
            headers["Authorization"] = "Bearer " + token
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def is_ready(self):
        try:
            return self.call("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def create_coupon(self, quantity=None, **members):
        now = time.time()
        at = lambda t: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))
        status, body = self.call("POST", "/v1/coupons", {
            "title": "benchmark", "couponType": "FIRST_COME_FIRST_SERVED", "totalQuantity": quantity,
            "discountAmount": 1000, "minAvailableAmount": 0,
            "dateIssueStart": at(now - 3600), "dateIssueEnd": at(now + 86400), **members})
        if status != 201:
            raise RuntimeError(f"the coupon was not created: {status} {body!r}")
        return json.loads(body)["id"]

    def issue(self, coupon, user):
        status, body = self.call("POST", f"/v1/coupons/{coupon}/issues", {"userId": user})
        if status not in (201, 202):
            raise RuntimeError(f"not issued: {status} {body!r}")

    def issue_with(self, coupon, token):
        status, body = self.call("POST", f"/v1/coupons/{coupon}/issues", {}, token)
        if status not in (201, 202):
            raise RuntimeError(f"not issued: {status} {body!r}")

    def anonymous_bytes(self):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1]) * 1024
        raise RuntimeError("no RssAnon in /proc")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


def load(build, cores, target, **options):
    """One run of firstcome-load against a Limit or Server; its report. A few wrong answers (a 503 when the machine stood
    still) are told in the table; more than one in a hundred, and it is not this path that was measured."""
    command = [os.path.join(build, "firstcome-load"), "--json", "--url", f"http://127.0.0.1:{target.port}",
               "--server-pid", str(target.pid)]
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    run = subprocess.run(command, capture_output=True, text=True,
                         preexec_fn=lambda: os.sched_setaffinity(0, cores.client))
    try:
        found = json.loads(run.stdout)
    except json.JSONDecodeError:
        raise RuntimeError(f"{' '.join(command)}\n{run.stdout}{run.stderr}") from None
    found["wrong"] = found["unexpected"] + found["lost"]
    if found["wrong"] > found["answers"] / 100:
        raise RuntimeError(f"{' '.join(command)}\n{run.stdout}")
    return found
