"""The four paths at each number of connections, in turns, so that what the machine does meanwhile hits all alike."""

from . import machine, processes

# Random users are 1 to 10,000,000; this one is none of them.
SOMEBODY_ELSE = 20_000_000
ALREADY_ISSUED_USERS = 100_000


class Paths:
    """One server and one limit, with a coupon for each path."""

    def __init__(self, build, cores, server, limit):
        self.build, self.cores, self.server, self.limit = build, cores, server, limit
        self.sold_out = server.create_coupon(quantity=1)
        server.issue(self.sold_out, SOMEBODY_ELSE)
        self.already = server.create_coupon()
        self.run(server, coupon=self.already, users="random", first=0, requests=ALREADY_ISSUED_USERS, connections=256,
                 expect="201,202")
        self.issue = server.create_coupon()
        self.issued = 0

    def run(self, target, **options):
        return processes.load(self.build, self.cores, target, **options)

    def measure(self, path, **options):
        if path == "limit":
            return self.run(self.limit, users="random", expect=202, **options)
        if path == "sold out":
            return self.run(self.server, coupon=self.sold_out, users="random", expect=409, **options)
        if path == "already issued":
            return self.run(self.server, coupon=self.already, users="random", first=0,
                            different_users=ALREADY_ISSUED_USERS, expect=200, **options)
        report = self.run(self.server, coupon=self.issue, users="random", first=self.issued, expect="201,202", **options)
        self.issued += report["users_asked"]
        return report


NAMES = ("limit", "sold out", "already issued", "issue")


def rounds(paths, connections, count, seconds, warm_up, progress):
    """A list of rounds; each holds one report for each path."""
    found = []
    for number in range(count):
        one = {}
        for name in NAMES:
            progress(f"{connections} connections, round {number + 1} of {count}: {name}")
            one[name] = paths.measure(name, connections=connections, duration=seconds, warm_up=warm_up)
        found.append(one)
    return found


def summary(found):
    """Medians over the rounds; each ratio is taken inside its round first."""
    table = {}
    for name in NAMES:
        reports = [one[name] for one in found]
        of = lambda get: machine.median([get(report) for report in reports])
        table[name] = {
            "requests_per_second": of(lambda r: r["requests_per_second"]),
            "of_limit": machine.median([one[name]["requests_per_second"] / one["limit"]["requests_per_second"]
                                        for one in found]),
            "p50_us": of(lambda r: r["latency_us"]["p50"]),
            "p99_us": of(lambda r: r["latency_us"]["p99"]),
            "server_cpu_us_per_request": of(lambda r: r["server_cpu_us_per_request"]),
            "client_cpu_share": of(lambda r: r["client_cpu_share"]),
            "client_waited_share": of(lambda r: r["client_waited_share"]),
            "wrong": sum(report["wrong"] for report in reports),
        }
    return table


def spread(found, name="limit"):
    """How far the rounds lie apart, as a share of their median."""
    rates = [one[name]["requests_per_second"] for one in found]
    return (max(rates) - min(rates)) / machine.median(rates)


def lone_request(paths, folder, count, seconds, progress):
    """One request at a time against the sync of the same disk, in turns."""
    requests, overwriting, appending = [], [], []
    for number in range(count):
        progress(f"a lone request, round {number + 1} of {count}")
        overwriting.append(machine.median(machine.sync_times_us(folder, appending=False)))
        appending.append(machine.median(machine.sync_times_us(folder, appending=True)))
        report = paths.measure("issue", connections=1, duration=seconds, warm_up=0.2)
        requests.append(report["latency_us"]["p50"])
    return {
        "p50_us": machine.median(requests),
        "fdatasync_p50_us": machine.median(overwriting),
        "fdatasync_appending_p50_us": machine.median(appending),
        "fdatasyncs": machine.median([r / s for r, s in zip(requests, overwriting)]),
        "spread_of_fdatasync": (max(overwriting) - min(overwriting)) / machine.median(overwriting),
    }
