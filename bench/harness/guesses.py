"""Whether a forged token tells by its time who holds a sold-out coupon: one of the holder and one of somebody else, in turns."""

import os
import socket
import time

from . import machine, processes, tokens

TRIES = 10_000


class Client:
    """One connection, one request after the other."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request):
        began = time.perf_counter()
        self.socket.sendall(request)
        answer = self.socket.recv(65536)
        return (time.perf_counter() - began) * 1e6, answer.split(b"\r\n", 1)[0]


def measure(build, folder, progress):
    progress(f"{TRIES:,} forged tokens of a holder, and of somebody else")
    issuer = tokens.Issuer(folder, "RS256", 1)
    os.makedirs(os.path.join(folder, "guesses"), exist_ok=True)
    forger = tokens.Issuer(os.path.join(folder, "guesses"), "RS256", 1)
    with open(forger.tokens) as file:
        of_a_stranger = file.read().strip()
    node = tokens.Node(build, folder, "guesses", processes.Cores(), "RS256", issuer)
    try:
        coupon = node.sold_out_coupon()
        request = lambda token: (f"POST /v1/coupons/{coupon}/issues HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
                                 "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").encode()
        client = Client(node.server.port)
        heard = {"holder": [], "somebody else": []}
        asked = {"holder": request(forger.somebody_else), "somebody else": request(of_a_stranger)}
        statuses = set()
        for _ in range(TRIES):
            for who, what in asked.items():
                took_us, status = client.ask(what)
                heard[who].append(took_us)
                statuses.add(status.decode())
    finally:
        node.server.stop()
    return {"statuses": sorted(statuses), "table": [row_of(who, times) for who, times in heard.items()]}


def row_of(who, times):
    ordered = sorted(times)
    at = lambda part: ordered[int(part * (len(ordered) - 1))]
    return {"who": who, "p10_us": at(0.1), "p50_us": machine.median(times), "p90_us": at(0.9)}


def print_report(result):
    print(f"\n{TRIES:,} forged tokens of a holder and of somebody else, in turns over one connection; all heard: "
          f"{', '.join(result['statuses'])}")
    print(f"  {'forged for':<15}{'p10 µs':>10}{'p50 µs':>10}{'p90 µs':>10}")
    for row in result["table"]:
        print(f"  {row['who']:<15}{row['p10_us']:>10.0f}{row['p50_us']:>10.0f}{row['p90_us']:>10.0f}")
