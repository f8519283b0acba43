"""A node of ours on a port of its own, as the tests of the pages need it: it can be killed and started again."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time

DEADLINE_S = 60  # for anything at all: the machine may be busy, and a test that waits longer than it needs loses nothing


def until(what, condition):
    """Polls until the condition holds; its value."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"in {DEADLINE_S} s it did not happen: {what}")


def at(seconds):
    """That many seconds from now, as the API writes it."""
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


JWT_SECRET = "a-secret-of-thirty-two-bytes-or-more"


def signed_token(user):
    """As an issuer with that secret makes it: good for an hour."""
    as_text = lambda part: base64.urlsafe_b64encode(part).rstrip(b"=")
    claims = json.dumps({"sub": str(user), "exp": int(time.time()) + 3600}).encode()
    signed = as_text(b'{"alg":"HS256","typ":"JWT"}') + b"." + as_text(claims)
    return (signed + b"." + as_text(hmac.digest(JWT_SECRET.encode(), signed, "sha256"))).decode()


class Node:
    """`flags`: more of serve's. The port is the kernel's choice at first, and kept after that."""

    viewer_token, till_token = "the-viewer-of-this-test-and-no-other", "the-till-of-this-test-and-no-other-"

    def __init__(self, program, folder, *flags):
        self.program, self.folder, self.flags, self.process, self.others = program, folder, flags, None, []
        folder.mkdir(parents=True, exist_ok=True)
        self.address = "127.0.0.1:0"
        hashed = lambda token: hashlib.sha256(token.encode()).hexdigest()
        (folder / "tokens.toml").write_text("".join(
            f'[[token]]\nname = "{role}-1"\nrole = "{role}"\nsha256 = "{hashed(token)}"\n'
            for role, token in (("viewer", self.viewer_token), ("till", self.till_token))))
        self.start()

    def another(self, *flags):
        """One more beside it, with other flags; it goes when this one goes for good."""
        self.others.append(Node(self.program, self.folder / f"another-{len(self.others)}", *flags))
        return self.others[-1]

    @property
    def url(self):
        return f"http://{self.address}"

    def start(self):
        """Starts it and waits until it is ready. Who holds its port for a moment is waited for."""
        try:
            until("the node starts", self.started)
        except AssertionError:
            self.show_log()
            raise
        self.token = self.admin_token()

    def admin_token(self):
        return (self.folder / "data/admin.token").read_text().strip()

    environment = None  # of the process; the test's own where it is None

    def command(self, port_file):
        return [self.program, "serve", "--listen", self.address, "--data-dir", self.folder / "data",
                "--port-file", port_file, "--tokens", self.folder / "tokens.toml", *self.flags]

    def started(self):
        port_file = self.folder / "port"
        port_file.unlink(missing_ok=True)
        with open(self.folder / "log", "ab") as log:
            environment = self.environment
            if "jwt" in self.flags:
                environment = {**(environment or os.environ), "FIRSTCOME_JWT_SECRET": JWT_SECRET}
            self.process = subprocess.Popen(self.command(port_file), env=environment, stdin=subprocess.DEVNULL, stderr=log)
        return until("the node is ready or gone", lambda: self.process.poll() is not None or self.ready(port_file)) == "ready"

    def ready(self, port_file):
        try:
            self.address = port_file.read_text().strip() or self.address
            return "ready" if self.ask("GET", "/readyz")[0] == 200 else None
        except OSError:
            return None

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop_all(self):
        for one in (*self.others, self):
            one.kill()

    def show_log(self):
        for other in self.others:
            other.show_log()
        print((self.folder / "log").read_text(errors="replace")[-4000:], file=sys.stderr)

    def request(self, method, path, body=None, headers=None):
        """Status, headers, body as bytes."""
        connection = http.client.HTTPConnection(self.address, timeout=DEADLINE_S)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def ask(self, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        status, _, answer = self.request(method, path, json.dumps(body) if body else None, headers)
        return status, answer

    def coupon(self, title, quantity=500, opens_in_s=-60, ends_in_s=3600, **more):
        status, answer = self.ask("POST", "/v1/coupons", {
            "title": title, "totalQuantity": quantity, "discountAmount": 1000, "minAvailableAmount": 0,
            "dateIssueStart": at(opens_in_s), "dateIssueEnd": at(ends_in_s), **more}, self.token)
        assert status == 201, answer
        return json.loads(answer)["id"]

    def opens_in(self, coupon, seconds):
        self.change(coupon, dateIssueStart=at(seconds))

    def change(self, coupon, **members):
        status, answer = self.ask("PATCH", f"/v1/coupons/{coupon}", members, self.token)
        assert status == 200, answer

    def issue(self, coupon, user, **more):
        status, answer = self.ask("POST", f"/v1/coupons/{coupon}/issues", {"userId": user}, **more)
        assert status in (200, 201, 202), answer
        return json.loads(answer)

    def live(self, coupon):
        return json.loads(self.ask("GET", f"/v1/coupons/{coupon}")[1])

    @contextlib.contextmanager
    def crowd(self, coupon, users, askers=4):
        """Users who ask, one after the other and over again, until the block is left."""
        over = threading.Event()

        def ask_on(first):
            connection = http.client.HTTPConnection(self.address, timeout=DEADLINE_S)
            user = first
            while not over.is_set():
                connection.request("POST", f"/v1/coupons/{coupon}/issues", json.dumps({"userId": user % users + 1}),
                                   {"Content-Type": "application/json"})
                connection.getresponse().read()
                user += askers
            connection.close()

        threads = [threading.Thread(target=ask_on, args=(n,), daemon=True) for n in range(askers)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()
