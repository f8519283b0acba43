"""Users with good tokens, alone and beside a crowd whose signatures are worthless: what the crowd costs them."""

import os
import threading
import time

from . import machine, processes, tokens

USERS = 10_000
CONNECTIONS, FORGERS = 16, 64
P99_GOAL = 2.0


class Crowd:
    """Sends worthless tokens over FORGERS connections until it is told to stop; `report` says what it heard."""

    def __init__(self, build, cores, node, coupon, forged, seconds):
        self.report = None
        self.thread = threading.Thread(target=self.run, args=(build, cores, node, coupon, forged, seconds))
        self.thread.start()
        time.sleep(0.5)

    def run(self, build, cores, node, coupon, forged, seconds):
        self.report = processes.load(build, cores, node.server, coupon=coupon, tokens=forged, body="{}",
                                     connections=FORGERS, duration=seconds, expect="401,503")

    def join(self):
        self.thread.join()
        return self.report


def measure(build, folder, quick, progress):
    cores = processes.Cores()
    count, seconds = (3, 4) if quick else (5, 8)
    progress(f"{USERS:,} good tokens and as many worthless ones")
    issuer = tokens.Issuer(folder, "RS256", USERS)
    os.makedirs(os.path.join(folder, "forger"), exist_ok=True)
    forger = tokens.Issuer(os.path.join(folder, "forger"), "RS256", USERS)
    rounds = []
    for number in range(count):
        for beside in (False, True):
            progress(f"forgers: round {number + 1} of {count}, users {'beside them' if beside else 'alone'}")
            node = tokens.Node(build, folder, f"forgers-{number}-{beside}", cores, "RS256", issuer)
            try:
                coupon = node.server.create_coupon()
                crowd = Crowd(build, cores, node, coupon, forger.tokens, seconds) if beside else None
                users = node.load(coupon, connections=CONNECTIONS, requests=USERS, expect="201,202")
                crowd = crowd.join() if crowd else None
            finally:
                node.server.stop()
            rounds.append({"round": number, "beside": beside, "users": users, "forgers": crowd})
    return {"table": [row_of(rounds, beside) for beside in (False, True)], "rounds": rounds}


def row_of(rounds, beside):
    those = [one for one in rounds if one["beside"] == beside]
    of = lambda get: machine.median([get(one) for one in those])
    return {"beside": beside, "requests_per_second": of(lambda r: r["users"]["requests_per_second"]),
            "p50_us": of(lambda r: r["users"]["latency_us"]["p50"]), "p99_us": of(lambda r: r["users"]["latency_us"]["p99"]),
            "wrong": sum(one["users"]["wrong"] for one in those),
            "forged_per_second": of(lambda r: r["forgers"]["requests_per_second"]) if beside else 0}


def print_report(result):
    alone, beside = result["table"]
    print(f"\n{USERS:,} users with good tokens (RS256, each new to the node) over {CONNECTIONS} connections, alone and beside "
          f"{FORGERS} connections of worthless ones")
    print(f"  {'users':<15}{'yes/s':>10}{'p50 ms':>10}{'p99 ms':>10}{'no yes':>10}{'forged/s':>12}")
    for row in result["table"]:
        print(f"  {'beside forgers' if row['beside'] else 'alone':<15}{row['requests_per_second']:>10,.0f}"
              f"{row['p50_us'] / 1000:>10.3f}{row['p99_us'] / 1000:>10.3f}{row['wrong']:>10}{row['forged_per_second']:>12,.0f}")
    ratio = beside["p99_us"] / alone["p99_us"]
    print(f"  p99 beside forgers is {ratio:.2f} × that of users alone (goal {P99_GOAL:.0f}); refused by mistake: "
          f"{beside['wrong']} (goal 0)")
