"""What happens after the yes: uses and returns a second, in both shapes, beside the issues before them."""

import os
import shutil

from . import distributed, machine, processes, stores

CONNECTIONS = (64, 512)
USE = '{"orderAmount":30000,"orderId":"A-@"}'
RETURN = '{"reason":"the benchmark"}'
ROUNDS_AGAINST = 3
GOAL = {"embedded": 20_000, "distributed": 10_000}


class Shape:
    """A node with a coupon that everybody gets; `settle` waits until every yes is a row."""

    def __init__(self, name, build, cores, node, settle):
        self.name, self.build, self.cores, self.node, self.settle = name, build, cores, node, settle

    def steps(self, connections, count, restock, progress):
        coupon = self.node.create_coupon(**({"restock": restock} if restock else {}))
        run = lambda what, **options: self.run(f"{what}, {connections} connections", progress, coupon=coupon,
                                               connections=connections, requests=count, users="sequential", first=1,
                                               **options)
        found = {"issue": run("issue", expect="201,202")}
        self.settle(coupon, count)
        at = f"/v1/coupons/{coupon}/issues/@/"
        if restock:
            found["return to the pool"] = run("return", path=at + "return", body=RETURN, expect=200, bearer=self.node.token)
        else:
            found["use"] = run("use", path=at + "use", body=USE, expect=200, bearer=self.node.token)
            found["use, asked again"] = run("use again", path=at + "use", body=USE, expect=200, bearer=self.node.token)
        return found

    def returned_for_good(self, connections, count, progress):
        coupon = self.node.create_coupon()
        run = lambda **options: self.run(f"return, {connections} connections", progress, coupon=coupon, requests=count,
                                         connections=connections, users="sequential", first=1, **options)
        run(expect="201,202")
        self.settle(coupon, count)
        return run(path=f"/v1/coupons/{coupon}/issues/@/return", body=RETURN, expect=200, bearer=self.node.token)

    def run(self, what, progress, **options):
        progress(f"{self.name}: {what}")
        if "path" in options:
            del options["coupon"]
        return processes.load(self.build, self.cores, self.node, **options)

    def measure(self, connections, count, pool_count, progress):
        table = self.steps(connections, count, None, progress)
        table["return"] = self.returned_for_good(connections, count, progress)
        table["return to the pool"] = self.steps(connections, pool_count, "pool", progress)["return to the pool"]
        return table


def embedded(build, folder, cores):
    server = processes.Server(build, folder, "life", cores)
    return Shape("embedded", build, cores, server, lambda coupon, count: None), server.stop


def shared(build, folder, cores):
    stage = distributed.Stage(build, folder, cores)
    try:
        stage.start_worker()
    except BaseException:
        stage.stop()
        raise
    settle = lambda coupon, count: stores.when(lambda: stage.rows(coupon) >= count, 120, "the rows")
    return Shape("distributed", build, cores, stage.api, settle), stage.stop


def measure(build, folder, quick, progress, against=None):
    """`against`: another build folder, on stores of its own, measured in turns with this one."""
    cores = processes.Cores()
    result = {"machine": machine.describe(folder, distributed.REPOSITORY), "pinned": cores.pinned, "shapes": {}}
    count = 20_000 if quick else 100_000
    builds = {"this": build, "against": against} if against else {"this": build}
    rounds = ROUNDS_AGAINST if against else 1
    for start, pool_count in ((embedded, count), (shared, count // 10)):
        shapes, stops = {}, []
        try:
            for name, of in builds.items():
                os.makedirs(os.path.join(folder, name), exist_ok=True)
                shapes[name], stop = start(of, os.path.join(folder, name), cores)
                stops.append(stop)
            found = {connections: [{name: shape.measure(connections, count, pool_count, progress)
                                    for name, shape in shapes.items()} for _ in range(rounds)]
                     for connections in CONNECTIONS}
        finally:
            for stop in stops:
                stop()
            shutil.rmtree(os.path.join(folder, "against"), ignore_errors=True)
            shutil.rmtree(os.path.join(folder, "this"), ignore_errors=True)
        result["shapes"][shapes["this"].name] = {str(connections): summary(of) for connections, of in found.items()}
    result["goals"] = goals(result)
    progress("")
    return result, cores


def summary(rounds):
    """Medians of the rounds; `of_other`: the rate as a share of the other build's, of each round before the median."""
    table = {}
    for path in rounds[0]["this"]:
        ours = [one["this"][path] for one in rounds]
        middle = lambda get: machine.median([get(one) for one in ours])
        table[path] = {"requests_per_second": middle(lambda one: one["requests_per_second"]),
                       "latency_us": {name: middle(lambda one: one["latency_us"][name]) for name in ("p50", "p99")},
                       "server_cpu_us_per_request": middle(lambda one: one["server_cpu_us_per_request"]),
                       "wrong": sum(one["wrong"] for one in ours)}
        if "against" in rounds[0]:
            table[path]["of_other"] = machine.median(
                [one["this"][path]["requests_per_second"] / one["against"][path]["requests_per_second"] for one in rounds])
    return table


def goals(result):
    found = []
    for shape, goal in GOAL.items():
        for path in ("use", "return"):
            reached = max(table[path]["requests_per_second"] for table in result["shapes"][shape].values())
            found.append({"what": f"{shape}: {path} a second", "reached": reached, "goal": goal, "met": reached >= goal})
    return found


def print_report(result):
    for shape, by_connections in result["shapes"].items():
        for connections, table in by_connections.items():
            print(f"\n{shape}, {connections} connections")
            beside = any("of_other" in row for row in table.values())
            print(f"  {'step':<22}{'a second':>10}{'p50 ms':>9}{'p99 ms':>9}{'node CPU µs':>13}{'wrong':>8}"
                  + (f"{'of the other':>14}" if beside else ""))
            for name, row in table.items():
                print(f"  {name:<22}{row['requests_per_second']:>10,.0f}{row['latency_us']['p50'] / 1000:>9.2f}"
                      f"{row['latency_us']['p99'] / 1000:>9.2f}{row['server_cpu_us_per_request']:>13.2f}"
                      f"{row['wrong']:>8,}" + (f"{row['of_other']:>14.2f}" if beside else ""))
