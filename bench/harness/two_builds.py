"""Two builds of `serve` beside each other on the same disk and cores, in turns: is this one slower than the other?"""

from . import machine, processes, throughput

CONNECTIONS = (1, 64, 512)
GOAL = 0.97  # of the other's requests a second: what a change may cost that adds nothing


def measure(build, other, folder, quick, repository, progress):
    count, seconds, warm_up = (7, 0.7, 0.2) if quick else (11, 2.0, 0.3)
    cores, servers = processes.Cores(), []
    limit = processes.Limit(build, folder, cores)
    try:
        paths = {}
        for number, (name, of) in enumerate((("this", build), ("other", other))):
            servers.append(processes.Server(of, folder, f"build-{number}", cores))
            paths[name] = throughput.Paths(build, cores, servers[-1], limit)
        rounds = [one for connections in CONNECTIONS
                  for one in in_turns(paths, connections, count, seconds, warm_up, progress)]
    finally:
        for server in servers:
            server.stop()
        limit.stop()
    progress("")
    table = [row_of(rounds, connections, path) for connections in CONNECTIONS for path in throughput.NAMES[1:]]
    return {"machine": machine.describe(folder, repository), "table": table, "rounds": rounds}, cores


def in_turns(paths, connections, count, seconds, warm_up, progress):
    for number in range(count):
        names = list(paths) if number % 2 == 0 else list(paths)[::-1]  # whoever comes first has no advantage
        for path in throughput.NAMES:
            found = {"connections": connections, "path": path}
            for name in names if path != "limit" else names[:1]:
                progress(f"{connections} connections, round {number + 1} of {count}: {path}, {name} build")
                found[name] = paths[name].measure(path, connections=connections, duration=seconds, warm_up=warm_up)
            yield found


def row_of(rounds, connections, path):
    those = [one for one in rounds if (one["connections"], one["path"]) == (connections, path)]
    limits = [next(iter(one[name] for name in ("this", "other") if name in one)) for one in rounds
              if (one["connections"], one["path"]) == (connections, "limit")]
    rate = lambda report: report["requests_per_second"]
    cpu = lambda report: report["server_cpu_us_per_request"]
    return {"connections": connections, "path": path,
            **{f"{name}_of_limit": machine.median([rate(one[name]) / rate(limit) for one, limit in zip(those, limits)])
               for name in ("this", "other")},
            **{f"{name}_cpu_us": machine.median([cpu(one[name]) for one in those]) for name in ("this", "other")},
            "rate_of_other": machine.median([rate(one["this"]) / rate(one["other"]) for one in those]),
            "cpu_of_other": machine.median([cpu(one["this"]) / cpu(one["other"]) for one in those])}


def print_report(result):
    print("\nthis build beside the other, in turns; a share of the limit, and of the other in the same round")
    print(f"  {'conn.':<7}{'path':<16}{'this':>8}{'other':>8}{'this of other':>15}{'CPU µs':>9}{'other':>8}{'this of other':>15}")
    for row in result["table"]:
        print(f"  {row['connections']:<7}{row['path']:<16}{row['this_of_limit']:>8.2f}{row['other_of_limit']:>8.2f}"
              f"{row['rate_of_other']:>15.2f}{row['this_cpu_us']:>9.2f}{row['other_cpu_us']:>8.2f}{row['cpu_of_other']:>15.2f}")
    slower = [row for row in result["table"] if row["rate_of_other"] < GOAL]
    for row in slower:
        print(f"  slower: {row['path']} at {row['connections']} connections, {row['rate_of_other']:.2f} of the other build")
    if not slower:
        print(f"  nowhere slower than {GOAL} of the other build")
