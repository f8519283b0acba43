"""The callers of examples/ against a real node, and through a relay that loses an answer and says 503.

  check_examples.py PROGRAM SOURCE_FOLDER

Runs those whose tools are there (Python always), and names the others.
"""
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

TIMEOUT_S = 60


def callers(source, folder):
    """name: its command line"""
    found = {"python": ["/usr/bin/python3", source / "examples/python/issue.py"]}
    node = shutil.which("node") or shutil.which("nodejs")
    if node and int(subprocess.run([node, "-p", "process.versions.node"], capture_output=True, text=True).stdout.split(".")[0]) >= 18:
        found["node"] = [node, source / "examples/node/issue.mjs"]
    if go := shutil.which("go"):
        environment = {**os.environ, "GOTOOLCHAIN": "local", "GO111MODULE": "off", "CGO_ENABLED": "0"}
        environment.setdefault("HOME", str(folder))
        subprocess.run([go, "build", "-o", folder / "issue", source / "examples/go/issue.go"], check=True, env=environment)
        found["go"] = [folder / "issue"]
    return found


class relay:
    """Between a caller and the node. The first POST is done and its answer lost; the second is told 503; the rest passes."""

    def __init__(self, port):
        self.node, self.posts = port, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection, connection.makefile("rb") as lines:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = lines.readline()
                if not line:
                    return
                head += line
            length = next(int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length:"))
            body = lines.read(length)
            self.posts += 1
            if self.posts == 2:
                connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: application/problem+json\r\n"
                                   b'Content-Length: 21\r\nConnection: close\r\n\r\n{"code":"overloaded"}')
                return
            status, answer = request(self.node, "POST", head.split()[1].decode(), body)
            if self.posts > 1:
                connection.sendall(b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                                   % (status, len(answer), answer))


def request(port, method, path, body=None, token=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def started(program, folder):
    port_file = folder / "port"
    node = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--data-dir", folder / "data", "--port-file", port_file],
                            stderr=subprocess.DEVNULL)
    for _ in range(TIMEOUT_S * 20):
        if port_file.exists() and (text := port_file.read_text()).endswith("\n"):
            return node, int(text.rsplit(":", 1)[1])
        if node.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit("the node does not start")


def coupon(port, token, quantity):
    body = json.dumps({"title": "Examples", "couponType": "FIRST_COME_FIRST_SERVED", "totalQuantity": quantity, "discountAmount": 1000,
                       "minAvailableAmount": 0, "dateIssueStart": "2020-01-01T00:00:00Z", "dateIssueEnd": "2099-01-01T00:00:00Z"})
    status, answer = request(port, "POST", "/v1/coupons", body, token)
    if status != 201:
        sys.exit(f"no coupon could be made: {status} {answer}")
    return json.loads(answer)["id"]


def asked(command, url, coupon_id, user):
    done = subprocess.run([*map(str, command), url, str(coupon_id), str(user)], capture_output=True, text=True, timeout=TIMEOUT_S)
    return done.stdout.strip(), done.returncode, done.stderr


def main(program, source):
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        node, port = started(program, folder)
        try:
            token = (folder / "data/admin.token").read_text().strip()
            known = callers(pathlib.Path(source), folder)
            for name, command in known.items():
                one = coupon(port, token, 1)
                url = f"http://127.0.0.1:{port}"
                for user, wanted in ((7, ("yes 1", 0)), (7, ("yes 1", 0)), (8, ("no sold_out", 1))):
                    said = asked(command, url, one, user)
                    if said[:2] != wanted:
                        found.append(f"{name}, user {user}: {said}, and not {wanted}")
                said = asked(command, url, 999999, 7)
                if said[0] or said[1] == 0:
                    found.append(f"{name}, a coupon that is not there: {said}")
                between = relay(port)
                said = asked(command, between.url, coupon(port, token, 1), 9)
                if said[:2] != ("yes 1", 0) or between.posts != 3:
                    found.append(f"{name}, with a lost answer and a 503: {said} after {between.posts} requests")
        finally:
            node.terminate()
            node.wait()
    print("\n".join(found) if found else f"fine: {', '.join(known)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
