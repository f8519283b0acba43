#!/usr/bin/python3
"""Checks a running node against the OpenAPI document that it serves.

Provokes every documented (path, method, status), and validates status, content type, headers and body. Fails for an
answer that is not documented, and for a documented one that it neither provoked nor has a reason not to (EXCUSED).

    /usr/bin/python3 openapi_check.py --url http://127.0.0.1:8080 --token ADMIN_TOKEN

Needs a node with user-auth `trusted`; makes coupons of its own on it. Takes a little longer than the request timeout.
"""

import argparse
import json
import re
import socket
import sys
import time
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, RefResolver

HTTP_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"]
STANDARD_HEADERS = {"date", "content-type", "content-length", "connection", "server", "keep-alive", "cache-control"}
UNKNOWN_ID = 9223372036854775807
ANSWER_DEADLINE_S = 30

# (path, method, status): why it cannot be provoked from outside. A star stands for all of them.
EXCUSED = {
    ("*", "*", "503"): "needs an overloaded or failing node",
    ("*", "*", "403"): "needs tokens of other roles: identity_test and roles_test ask for it",
    ("/v1/coupons/{id}/issues", "post", "202"): "only the distributed shape answers before the ledger has the row",
    ("/v1/coupons/{id}/issues", "post", "401"): "only with user-auth jwt",
    ("/v1/coupons/{id}/issues/{userId}", "get", "401"): "only with user-auth jwt",
    ("/v1/coupons/{id}/issues/{userId}/return", "post", "401"): "only with user-auth jwt",
    ("/v1/users/{userId}/issues", "get", "401"): "only with user-auth jwt",
    ("/v1/users/me/issues", "get", "*"): "only with user-auth jwt",
    ("/v1/coupons/{id}/issues/me", "get", "*"): "only with user-auth jwt",
    ("/v1/rehearsals", "post", "404"): "only without --rehearsal: rehearsal_test asks for it",
    ("/v1/issue", "post", "401"): "only with user-auth jwt",
    ("/v1/issue-async", "post", "401"): "only with user-auth jwt",
    ("/v2/issue-async", "post", "401"): "only with user-auth jwt",
}


class Answer:
    def __init__(self, received, head_only=False):
        head, _, self.body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = lines[0].split(" ")[1] if len(lines[0].split(" ")) > 1 else "none"
        self.headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        length = int(self.headers.get("content-length", "0"))
        self.complete = len(self.body) == (0 if head_only else length)

    def json(self):
        """An empty object where there is no JSON: nothing documented looks like that."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}


class Node:
    """Speaks HTTP/1.1 over raw sockets, because much of what is to be provoked is not what a client would send."""

    def __init__(self, url):
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port or 80)

    def connect(self):
        return socket.create_connection(self.address, timeout=ANSWER_DEADLINE_S)

    def head(self, method, path, headers):
        lines = [f"{method} {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"

    def send(self, text, head_only=False):
        with self.connect() as s:
            s.sendall(text)
            return self.receive(s, head_only)

    def receive(self, s, head_only=False):
        received = b""
        while chunk := s.recv(65536):
            received += chunk
        return Answer(received, head_only)


class Check:
    def __init__(self, node, token):
        self.node, self.token = node, token
        self.failures, self.seen, self.requests = [], set(), 0
        answer = node.send(node.head("GET", "/openapi.json", [("Host", "check"), ("Connection", "close")]))
        self.document = answer.json()
        self.resolver = RefResolver("", self.document)
        for name, schema in self.document["components"]["schemas"].items():
            Draft202012Validator.check_schema(schema)

    def fail(self, what):
        self.failures.append(what)

    def resolve(self, item):
        return self.resolver.resolve(item["$ref"])[1] if "$ref" in item else item

    def validate(self, where, value, schema):
        for error in Draft202012Validator(schema, resolver=self.resolver).iter_errors(value):
            self.fail(f"{where}: {error.json_path}: {error.message[:200]}")

    # One answer against what the document says of it.

    def check_answer(self, where, answer, response, head_only=False):
        response = self.resolve(response)
        if not answer.complete:
            self.fail(f"{where}: the body does not have Content-Length bytes")
        content_type = answer.headers.get("content-type", "").split(";")[0].strip()
        if content_type not in response["content"]:
            return self.fail(f"{where}: content type {content_type!r}, documented {list(response['content'])}")
        self.check_headers(where, answer, response.get("headers", {}))
        if head_only:
            return None
        media = response["content"][content_type]
        self.validate(where, answer.json() if content_type.endswith("json") else answer.body.decode(), media["schema"])
        if content_type == "application/problem+json" and str(answer.json().get("status")) != answer.status:
            self.fail(f"{where}: the body says another status: {answer.json()}")
        return None

    def check_headers(self, where, answer, documented):
        for name, header in documented.items():
            header, value = self.resolve(header), answer.headers.get(name.lower())
            if value is not None:
                self.validate(f"{where}: header {name}", value, header["schema"])
            elif header.get("required"):
                self.fail(f"{where}: header {name} is missing")
        for name in answer.headers.keys() - STANDARD_HEADERS - {n.lower() for n in documented}:
            self.fail(f"{where}: header {name} is not documented")

    def check_operation(self, path, method, wanted, answer, code=None):
        where = f"{method.upper()} {path} -> {answer.status}"
        self.requests += 1
        responses = self.document["paths"][path][method]["responses"]
        if answer.status not in responses:
            return self.fail(f"{where} is not documented: {answer.body[:200]!r}")
        if answer.status != str(wanted):
            return self.fail(f"{where}, but {wanted} was to be provoked: {answer.body[:200]!r}")
        self.check_answer(where, answer, responses[answer.status])
        if code is not None and answer.json().get("code") != code:
            self.fail(f"{where}: code {answer.json().get('code')}, but {code} was to be provoked")
        self.seen.add((path, method, answer.status))
        return None

    # Requests.

    def ask(self, path, method, wanted, ids=(), body=None, query="", token=None, content_type="application/json",
            code=None, key=None):
        """Sends one request that is whole and well-formed HTTP; answers what came back."""
        headers = [("Host", "check"), ("Connection", "close")]
        if token is not None:
            headers.append(("Authorization", f"Bearer {token}"))
        if key is not None:
            headers.append(("Idempotency-Key", key))
        text = b""
        if body is not None:
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.append(("Content-Length", len(text)))
            if content_type:
                headers.append(("Content-Type", content_type))
        answer = self.node.send(self.node.head(method.upper(), filled(path, ids) + query, headers) + text)
        self.check_operation(path, method, wanted, answer, code)
        if body is not None and answer.status.startswith("2"):
            schema = self.document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
            self.validate(f"{method.upper()} {path}: a request that was taken", json.loads(text), schema)
        return answer

    def admin(self, path, method, wanted, ids=(), body=None, **more):
        return self.ask(path, method, wanted, ids, body, token=self.token, **more)

    def create(self, quantity=None, start_h=-1.0, end_h=1.0, minimum=0):
        body = {"title": "openapi check 쿠폰 \"1\"", "totalQuantity": quantity, "discountAmount": 1000,
                "minAvailableAmount": minimum, "dateIssueStart": hours_from_now(start_h),
                "dateIssueEnd": hours_from_now(end_h)}
        answer = self.admin("/v1/coupons", "post", 201, body=body)
        if answer.headers.get("location") != f"/v1/coupons/{answer.json().get('id')}":
            self.fail("POST /v1/coupons: Location is not that of the coupon")
        return answer.json()["id"]

    # What is provoked.

    def issues(self):
        path = "/v1/coupons/{id}/issues"
        small, unlimited = self.create(quantity=1), self.create()
        future, past = self.create(start_h=1, end_h=2), self.create(start_h=-2, end_h=-1)
        first = self.ask(path, "post", 201, [small], {"userId": 1})
        again = self.ask(path, "post", 200, [small], {"userId": 1})
        if first.json() != again.json():
            self.fail("asking again gave another record")
        self.ask(path, "post", 409, [small], {"userId": 2}, code="sold_out")
        waiting = self.ask(path, "post", 409, [future], {"userId": 1}, code="not_started")
        if "retry-after" not in waiting.headers:
            self.fail("not_started came without Retry-After")
        self.ask(path, "post", 409, [past], {"userId": 1}, code="ended")
        self.admin("/v1/coupons/{id}", "patch", 200, [unlimited], {"paused": True})
        self.ask(path, "post", 409, [unlimited], {"userId": 1}, code="paused")
        self.admin("/v1/coupons/{id}", "patch", 200, [unlimited], {"paused": False})
        for user in range(1, 4):
            self.ask(path, "post", 201, [unlimited], {"userId": user}, content_type="application/json; charset=utf-8")
        self.ask(path, "post", 404, [UNKNOWN_ID], {"userId": 1})
        self.admin(path, "get", 200, [unlimited])
        cursor = self.admin(path, "get", 200, [unlimited], query="?limit=2").json()["nextCursor"]
        last = self.admin(path, "get", 200, [unlimited], query=f"?limit=2&cursor={cursor}").json()
        if len(last["items"]) != 1 or last["nextCursor"] is not None:
            self.fail("the second page of issues is not the last one, with one item")
        self.admin(path, "get", 404, [UNKNOWN_ID])
        self.ask(path, "get", 401, [unlimited])
        for bad in (b"", b"[]", b"{\"userId\":1,\"userId\":1}", b"{\"userId\":1.0}", b"{\"userId\":\"x\"}", b"{}"):
            self.ask(path, "post", 400, [unlimited], bad)
        return unlimited

    def one_issue(self):
        path, use = "/v1/coupons/{id}/issues/{userId}", "/v1/coupons/{id}/issues/{userId}/use"
        coupon = self.create(minimum=30000)
        self.ask("/v1/coupons/{id}/issues", "post", 201, [coupon], {"userId": 7})
        self.ask(path, "get", 200, [coupon, 7])
        self.ask(path, "get", 404, [coupon, 8], code="issue_not_found")
        self.ask(path, "get", 404, [UNKNOWN_ID, 8], code="coupon_not_found")
        self.ask(use, "post", 401, [coupon, 7], {"orderAmount": 30000})
        self.ask(use, "post", 401, [coupon, 7], {"orderAmount": 30000}, token="wrong")
        self.admin(use, "post", 422, [coupon, 7], {"orderAmount": 29999})
        self.admin(use, "post", 200, [coupon, 7], {"orderAmount": 30000})
        self.admin(use, "post", 409, [coupon, 7], {"orderAmount": 30000})
        self.admin(use, "post", 404, [coupon, 8], {"orderAmount": 30000}, code="issue_not_found")
        self.admin(use, "post", 404, [UNKNOWN_ID, 8], {"orderAmount": 30000}, code="coupon_not_found")
        self.ask(path, "get", 200, [coupon, 7])
        self.undo_and_return(coupon)
        self.ask("/v1/users/{userId}/issues", "get", 200, [7])
        self.ask("/v1/users/{userId}/issues", "get", 200, [UNKNOWN_ID])
        cursor = self.ask("/v1/users/{userId}/issues", "get", 200, [1], query="?limit=1").json()["nextCursor"]
        self.ask("/v1/users/{userId}/issues", "get", 200, [1], query=f"?limit=1&cursor={cursor}")

    def undo_and_return(self, coupon):
        use, back = "/v1/coupons/{id}/issues/{userId}/use", "/v1/coupons/{id}/issues/{userId}/return"
        self.ask(use, "delete", 401, [coupon, 7])
        self.admin(use, "delete", 404, [coupon, 8], code="issue_not_found")
        self.admin(use, "delete", 409, [coupon, 7], query="?orderId=A-1", code="used_by_another_order")
        self.ask(back, "post", 409, [coupon, 7], {}, code="already_used")
        self.admin(use, "delete", 200, [coupon, 7])
        self.admin(use, "post", 200, [coupon, 7], {"orderAmount": 30000, "orderId": "A-1"})
        self.admin(use, "delete", 200, [coupon, 7], query="?orderId=A-1")
        self.ask(back, "post", 404, [coupon, 8], {}, code="issue_not_found")
        self.ask(back, "post", 200, [coupon, 7], {"reason": "too small"})
        self.ask(back, "post", 200, [coupon, 7])
        self.ask("/v1/coupons/{id}/issues", "post", 409, [coupon], {"userId": 7}, code="returned")
        self.admin(use, "post", 409, [coupon, 7], {"orderAmount": 30000}, code="returned")

    def coupons(self):
        one, every = "/v1/coupons/{id}", "/v1/coupons"
        coupon = self.create(quantity=5)
        for user in (1, 2):
            self.ask("/v1/coupons/{id}/issues", "post", 201, [coupon], {"userId": user})
        self.ask(one, "get", 200, [coupon])
        self.ask(one, "get", 404, [UNKNOWN_ID])
        self.ask(one + "/live", "get", 200, [coupon])
        self.ask(one + "/live", "get", 404, [UNKNOWN_ID])
        self.admin("/v1/stats", "get", 200)
        self.ask("/v1/stats", "get", 401)
        self.admin(one, "patch", 200, [coupon], {})
        self.admin(one, "patch", 200, [coupon], {"title": "new", "totalQuantity": None, "dateIssueEnd": hours_from_now(9)})
        self.admin(one, "patch", 409, [coupon], {"totalQuantity": 1})
        self.admin(one, "patch", 422, [coupon], {"dateIssueEnd": hours_from_now(-9)})
        self.admin(one, "patch", 422, [coupon], {"totalQuantitiy": 9})
        self.admin(one, "patch", 404, [UNKNOWN_ID], {})
        self.admin(one, "patch", 404, [UNKNOWN_ID], {"paused": True})
        self.ask(one, "patch", 401, [coupon], {})
        self.ask(every, "get", 200)
        cursor = self.ask(every, "get", 200, query="?limit=1").json()["nextCursor"]
        self.ask(every, "get", 200, query=f"?limit=1000&cursor={cursor}&unknown=ignored")
        self.ask(every, "post", 401, body={})
        self.admin(every, "post", 422, body={})
        self.admin(every, "post", 422, body={"title": "t", "quantity": 5})

    def actions(self):
        path = "/v1/actions"
        self.ask(path, "get", 401)
        page = self.admin(path, "get", 200, query="?limit=2").json()
        older = self.admin(path, "get", 200, query=f"?limit=2&cursor={page['nextCursor']}").json()
        if not older["items"] or older["items"][0]["id"] >= page["items"][-1]["id"]:
            self.fail("the second page of actions is not older")
        coupon = self.create()
        for query, items in ((f"?couponId={coupon}", 1), (f"?couponId={UNKNOWN_ID}", 0)):
            found = self.admin(path, "get", 200, query=query).json()
            if len(found["items"]) != items or found["nextCursor"] is not None:
                self.fail(f"GET {path}{query} does not have {items} items")
        for query in ("?couponId=0", "?couponId=1&couponId=2"):
            self.admin(path, "get", 400, query=query)

    def dead_letters(self):
        path = "/v1/dead-letters"
        self.ask(path, "get", 401)
        self.admin(path, "get", 200, query=f"?couponId={UNKNOWN_ID}&limit=1")
        self.admin(path, "get", 400, query="?couponId=0")

    def rehearsals(self):
        """The check's node takes them: --rehearsal."""
        path, wish = "/v1/rehearsals", {"users": 50, "totalQuantity": 5, "seconds": 60}
        self.ask(path, "post", 401, body=wish)
        self.admin(path, "post", 422, body={"users": 100001})
        made = self.admin(path, "post", 201, body=wish, key="openapi-check-2")
        again = self.admin(path, "post", 201, body=wish, key="openapi-check-2")
        if made.json()["id"] != again.json()["id"]:
            self.fail("the same Idempotency-Key began another rehearsal")
        self.admin(path, "post", 409, code="rehearsal_running")
        if self.admin("/v1/stats", "get", 200).json()["rehearsal"]["couponId"] != made.json()["id"]:
            self.fail("GET /v1/stats does not tell of the rehearsal")

    def keys(self):
        path, body = "/v1/coupons", {"title": "t", "dateIssueStart": hours_from_now(-1), "dateIssueEnd": hours_from_now(1)}
        first = self.admin(path, "post", 201, body=body, key="openapi-check-1")
        for key in ("openapi-check-1", '"openapi-check-1"'):
            again = self.admin(path, "post", 201, body=body, key=key)
            if again.json()["id"] != first.json()["id"] or again.headers["location"] != first.headers["location"]:
                self.fail("the same Idempotency-Key made another coupon")
        self.admin(path, "post", 422, body={**body, "title": "u"}, key="openapi-check-1", code="idempotency_key_reused")
        for bad in ("", '""', "a b", "k" * 256, "schlüssel".encode().decode("latin-1"), '"a"b"'):
            self.admin(path, "post", 400, body=body, key=bad)

    def original(self, coupon):
        sold_out = self.create(quantity=1)
        for user, path in enumerate(("/v1/issue", "/v1/issue-async", "/v2/issue-async"), start=100):
            for wanted in (True, False):  # the second time, the user already has it
                answer = self.ask(path, "post", 200, body={"userId": user, "couponId": coupon}).json()
                if answer.get("isSuccess") is not wanted:
                    self.fail(f"POST {path}: isSuccess is not {wanted}")
            self.ask(path, "post", 200, body={"userId": user, "couponId": sold_out})
            self.ask(path, "post", 200, body={"userId": user, "couponId": UNKNOWN_ID})
            self.ask(path, "post", 400, body={"userId": user})

    def node_itself(self):
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
            self.ask(path, "get", 200)

    def refused_everywhere(self):
        """What every operation refuses, and with a body, or a list, also those."""
        for path, method, operation in self.operations():
            bad_ids = ["0"] * path.count("{")
            if bad_ids:
                self.admin(path, method, 400, bad_ids, {} if "requestBody" in operation else None)
            if "requestBody" in operation:
                self.admin(path, method, 415, body={}, content_type="text/plain")
                self.admin(path, method, 415, body={}, content_type=None)
                self.admin(path, method, 400, body=b"{")
            names = {self.resolve(p)["name"] for p in operation.get("parameters", [])}
            for query in ("?limit=0", "?cursor=!", "?limit=1&limit=1") if "cursor" in names else ():
                self.admin(path, method, 400, query=query)
            self.raw(path, method, 400, [("Host", "a"), ("Host", "b")])
            self.raw(path, method, 413, [("Host", "a"), ("Content-Length", 70000)])
            self.raw(path, method, 411, [("Host", "a"), ("Transfer-Encoding", "gzip")])
            self.raw(path, method, 431, [("Host", "a"), ("X-Long", "x" * 9000)])

    def raw(self, path, method, wanted, headers):
        answer = self.node.send(self.node.head(method.upper(), filled(path, ()), headers))
        self.check_operation(path, method, wanted, answer)

    def too_slow(self):
        """All at once, because each lasts as long as the node's request timeout."""
        waiting = []
        for path, method, _ in self.operations():
            s = self.node.connect()
            s.sendall(f"{method.upper()} {filled(path, ())} HTTP/1.1\r\nHost: slow\r\n".encode())
            waiting.append((s, path, method))
        for s, path, method in waiting:
            with s:
                self.check_operation(path, method, 408, self.node.receive(s))

    def other_methods(self):
        for path, item in self.document["paths"].items():
            wanted = {m.upper() for m in item} | ({"HEAD"} if "get" in item else set())
            for method in HTTP_METHODS:
                head = self.node.head(method, filled(path, ()), [("Host", "check"), ("Connection", "close"),
                                                                 ("Authorization", f"Bearer {self.token}")])
                where = f"{method} {path}"
                if method not in wanted:
                    answer = self.node.send(head, method == "HEAD")
                    allowed = {m.strip() for m in answer.headers.get("allow", "").split(",")}
                    if answer.status != "405" or allowed != wanted:
                        self.fail(f"{where} -> {answer.status}, Allow {sorted(allowed)}; documented {sorted(wanted)}")
                        continue
                    self.check_answer(where, answer, self.document["components"]["responses"]["MethodNotAllowed"],
                               method == "HEAD")
                    self.requests += 1
                elif method == "HEAD":
                    self.head_like_get(path, head)
        answer = self.node.send(self.node.head("GET", "/nowhere", [("Host", "check"), ("Connection", "close")]))
        self.check_answer("GET /nowhere", answer, self.document["components"]["responses"]["NotFound"])

    def head_like_get(self, path, head):
        got = self.node.send(head.replace(b"HEAD", b"GET", 1))
        answer = self.node.send(head, head_only=True)
        self.requests += 2
        if answer.status != got.status or answer.body:
            return self.fail(f"HEAD {path} -> {answer.status} with {len(answer.body)} bytes; GET has {got.status}")
        self.check_answer(f"HEAD {path}", answer, self.document["paths"][path]["get"]["responses"][answer.status], True)
        return None

    # The document as a whole.

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                yield path, method, operation

    def coverage(self):
        documented = {(p, m, s) for p, m, o in self.operations() for s in o["responses"]}
        excused = {d for d in documented for e in EXCUSED if all(x in ("*", y) for x, y in zip(e, d))}
        for entry in EXCUSED:
            if not any(all(x in ("*", y) for x, y in zip(entry, d)) for d in documented):
                self.fail(f"excused, but not documented: {entry}")
        for path, method, status in sorted(documented - self.seen - excused):
            self.fail(f"{method.upper()} {path} -> {status} is documented and was not seen")
        return len(documented), len(excused - self.seen)

    def run(self):
        began = time.monotonic()
        unlimited = self.issues()
        self.one_issue()
        self.coupons()
        self.actions()
        self.dead_letters()
        self.rehearsals()
        self.keys()
        self.original(unlimited)
        self.node_itself()
        self.refused_everywhere()
        self.other_methods()
        self.too_slow()
        documented, excused = self.coverage()
        for failure in self.failures:
            print("FAIL", failure)
        print(f"openapi_check: {len(self.seen)} of {documented} documented answers seen, {excused} excused, "
              f"{self.requests} requests, {len(self.failures)} failures, {time.monotonic() - began:.1f} s")
        return 1 if self.failures else 0


def filled(path, ids):
    """The path with its ids filled in, from the left; 1 where none are given."""
    ids = list(ids)
    return re.sub(r"\{\w+\}", lambda _: str(ids.pop(0) if ids else 1), path)


def hours_from_now(hours):
    return (datetime.now(timezone.utc) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", required=True, help="of the node, like http://127.0.0.1:8080")
    parser.add_argument("--token", required=True, help="the admin token")
    arguments = parser.parse_args()
    return Check(Node(arguments.url), arguments.token).run()


if __name__ == "__main__":
    sys.exit(main())
