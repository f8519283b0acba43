"""A durable yes of a node with two event loops, which share all cores with Redis and the generator; with `against`,
another build's beside it, in turns."""

from . import machine, nodes, peer_programs, processes, stores

CONNECTIONS = (16, 64, 512)
GOALS = {16: 1.3, 64: 1.3, 512: 1.0}  # of the build it is set against; docs/benchmark.md


def measure(stage, quick, progress, against=None):
    count, seconds = (3, 1.0) if quick else (5, 3.0)
    builds = {"this build": stage.build, **({"the other build": against} if against else {})}
    both, coupons, asked, rounds = peer_programs.AllCores(), {}, {}, []
    standing = {}
    try:
        for number, (name, build) in enumerate(builds.items()):
            standing[name] = nodes.Node(build, stage.folder, f"loops-{number}", "api", both.server, stage.redis,
                                        stage.database.url(), ["--threads", "2", "--max-connections", "2000",
                                                               "--max-backlog", "10000000"])
            coupons[name], asked[name] = standing[name].create_coupon(), 0
        for connections in CONNECTIONS:
            for number in range(count):
                for name, node in standing.items():
                    progress(f"two loops, {connections} connections, {name}, round {number + 1} of {count}")
                    before = stores.cpu_seconds(stage.redis.pid)
                    found = processes.load(stage.build, both, node, coupon=coupons[name], users="random",
                                           first=asked[name], expect="200,202", connections=connections,
                                           duration=seconds, warm_up=0)
                    asked[name] += found["users_asked"]
                    found["redis_cpu_us"] = 1e6 * (stores.cpu_seconds(stage.redis.pid) - before) / found["answers"]
                    rounds.append({"build": name, "connections": connections, "round": number, **found})
    finally:
        for node in standing.values():
            node.stop()
    return {"table": [row_of(rounds, connections, name) for connections in CONNECTIONS for name in builds],
            "rounds": rounds}


def row_of(rounds, connections, name):
    those = [one for one in rounds if (one["connections"], one["build"]) == (connections, name)]
    others = [one for one in rounds if one["connections"] == connections and one["build"] != name]
    of = lambda get: machine.median([get(one) for one in those])
    return {"connections": connections, "build": name, "requests_per_second": of(lambda r: r["requests_per_second"]),
            "p50_us": of(lambda r: r["latency_us"]["p50"]), "p99_us": of(lambda r: r["latency_us"]["p99"]),
            "api_cpu_us": of(lambda r: r["server_cpu_us_per_request"]), "redis_cpu_us": of(lambda r: r["redis_cpu_us"]),
            "of_other": machine.median([one["requests_per_second"] / other["requests_per_second"]
                                        for one, other in zip(those, others)]) if others else None}


def print_report(result):
    print("\na durable yes of a node with two event loops, all cores shared")
    print(f"  {'conn.':<7}{'build':<17}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'API CPU µs':>12}{'Redis CPU µs':>14}")
    for row in result["table"]:
        print(f"  {row['connections']:<7}{row['build']:<17}{row['requests_per_second']:>12,.0f}{row['p50_us'] / 1000:>9.2f}"
              f"{row['p99_us'] / 1000:>9.2f}{row['api_cpu_us']:>12.2f}{row['redis_cpu_us']:>14.2f}")
    for row in result["table"]:
        if row["build"] == "this build" and row["of_other"]:
            goal = GOALS[row["connections"]]
            print(f"  {'met   ' if row['of_other'] >= goal else 'missed'} {row['connections']} connections: "
                  f"{row['of_other']:.2f} of the other build (goal {goal})")
