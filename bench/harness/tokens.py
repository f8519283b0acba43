"""Users with tokens beside users whose ids are trusted, in turns: sold out, and a yes for users that nobody has seen."""

import os
import time

from . import machine, peer_programs, processes

USERS = 20_000
CONNECTIONS = (64, 512)
KINDS = ("trusted", "RS256", "ES256")
SOMEBODY_ELSE = 20_000_000
TWO_CORES = "yes, 2 cores"  # the node has both, and shares them with the generator
PATHS = ("sold out", "yes", TWO_CORES)
GOALS = (("sold out", "RS256", 0.9), ("yes", "RS256", 0.4), (TWO_CORES, "RS256", 0.7))


class Issuer:
    """Signs for every user once; the tokens lie in a file, a line each."""

    def __init__(self, folder, kind, users=USERS):
        import jwt
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, rsa
        key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) if kind == "RS256"
               else ec.generate_private_key(ec.SECP256R1()))
        self.public_key = os.path.join(folder, kind + ".pem")
        with open(self.public_key, "wb") as file:
            file.write(key.public_key().public_bytes(serialization.Encoding.PEM,
                                                     serialization.PublicFormat.SubjectPublicKeyInfo))
        self.tokens = os.path.join(folder, kind + ".tokens")
        usual = {"iss": "https://id.example/realms/shop", "aud": ["shop", "account"], "typ": "Bearer", "azp": "web",
                 "exp": int(time.time()) + 3600, "iat": int(time.time()), "scope": "openid profile email"}
        sign = lambda user: jwt.encode({**usual, "sub": str(user)}, key, kind, headers={"kid": "the-key-of-this-run"})
        with open(self.tokens, "w") as file:
            for user in range(1, users + 1):
                file.write(sign(user) + "\n")
        self.somebody_else = sign(SOMEBODY_ELSE)


class Node:
    """One server of a kind, new: it remembers nobody."""

    def __init__(self, build, folder, name, cores, kind, issuer):
        flags = [] if issuer is None else ["--user-auth", "jwt", "--jwt-public-key-file", issuer.public_key,
                                           "--jwt-audience", "shop"]
        self.build, self.cores, self.issuer = build, cores, issuer
        self.server = processes.Server(build, folder, name, cores, flags=flags)

    def load(self, coupon, **options):
        if self.issuer is None:
            options.update(users="sequential", first=1, different_users=USERS)
        else:
            options.update(tokens=self.issuer.tokens, body="{}")
        return processes.load(self.build, self.cores, self.server, coupon=coupon, **options)

    def everybody_gets_one(self, connections):
        return self.load(self.server.create_coupon(), connections=connections, requests=USERS, expect="201,202")

    def sold_out_coupon(self):
        coupon = self.server.create_coupon(quantity=1)
        if self.issuer is None:
            self.server.issue(coupon, SOMEBODY_ELSE)
        else:
            self.server.issue_with(coupon, self.issuer.somebody_else)
        return coupon


def measure(build, folder, quick, repository, progress):
    cores, both = processes.Cores(), peer_programs.AllCores()
    seconds, warm_up, count = (0.7, 0.2, 3) if quick else (2.5, 0.5, 5)
    progress(f"{USERS:,} tokens of each kind")
    issuers = {kind: None if kind == "trusted" else Issuer(folder, kind) for kind in KINDS}
    rounds = []
    for number in range(count):
        for connections in CONNECTIONS:
            for kind in KINDS:
                progress(f"round {number + 1} of {count}: {connections} connections, {kind}")
                name = f"{kind}-{number}-{connections}"
                node = Node(build, folder, name, cores, kind, issuers[kind])
                try:
                    sold_out = node.load(node.sold_out_coupon(), connections=connections, duration=seconds,
                                         warm_up=warm_up, expect=409)
                    yes = node.everybody_gets_one(connections)
                finally:
                    node.server.stop()
                node = Node(build, folder, name + "-both", both, kind, issuers[kind])
                try:
                    on_both = node.everybody_gets_one(connections)
                finally:
                    node.server.stop()
                for path, report in zip(PATHS, (sold_out, yes, on_both)):
                    rounds.append({"round": number, "connections": connections, "kind": kind, "path": path, **report})
    return {"machine": machine.describe(folder, repository), "table": table_of(rounds), "rounds": rounds}, cores


def table_of(rounds):
    """Medians; each ratio is taken inside its round first."""
    table = []
    for connections in CONNECTIONS:
        for path in PATHS:
            of_kind = {kind: [one for one in rounds if (one["connections"], one["path"], one["kind"]) ==
                              (connections, path, kind)] for kind in KINDS}
            for kind in KINDS:
                ratios = [one["requests_per_second"] / other["requests_per_second"]
                          for one, other in zip(of_kind[kind], of_kind["trusted"])]
                of = lambda get: machine.median([get(one) for one in of_kind[kind]])
                table.append({"connections": connections, "path": path, "kind": kind,
                              "requests_per_second": of(lambda r: r["requests_per_second"]),
                              "of_trusted": machine.median(ratios), "p50_us": of(lambda r: r["latency_us"]["p50"]),
                              "p99_us": of(lambda r: r["latency_us"]["p99"]),
                              "server_cpu_us_per_request": of(lambda r: r["server_cpu_us_per_request"]),
                              "wrong": sum(one["wrong"] for one in of_kind[kind])})
    return table


def print_report(result):
    print(f"\n{USERS:,} users; sold out: whose tokens nobody has verified; yes: each user once, new to the node")
    print(f"  {'conn.':<7}{'path':<14}{'users':<9}{'requests/s':>12}{'of trusted':>12}{'p50 ms':>10}{'p99 ms':>10}"
          f"{'server CPU µs/request':>24}")
    for row in result["table"]:
        print(f"  {row['connections']:<7}{row['path']:<14}{row['kind']:<9}{row['requests_per_second']:>12,.0f}"
              f"{row['of_trusted']:>12.2f}{row['p50_us'] / 1000:>10.3f}{row['p99_us'] / 1000:>10.3f}"
              f"{row['server_cpu_us_per_request']:>24.2f}")
        if row["wrong"]:
            print(f"    {row['wrong']} answers were none that this path may give: see --json")
    for path, kind, goal in GOALS:
        for row in result["table"]:
            if (row["path"], row["kind"]) == (path, kind):
                verdict = "reached" if row["of_trusted"] >= goal else f"missed by {goal - row['of_trusted']:.2f}"
                print(f"  {kind}, {path}, {row['connections']} connections: {goal:.1f} of trusted is {verdict}")
