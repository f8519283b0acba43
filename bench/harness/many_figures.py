"""What the bench of many coupons counts with, without processes: delays of rows behind their yes, goals."""

import bisect
import json


def percentile(values, share):
    """The smallest value that at least that share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1))]


def delays_ms(yeses, readings):
    """For each yes, in the order of its row, until the first reading that had it (0: it was there before). `readings`:
    (instant, rows), in order."""
    counts = [rows for _, rows in readings]
    delays = []
    for n, yes in enumerate(yeses):
        at = bisect.bisect_left(counts, n + 1)
        if at == len(readings):
            raise RuntimeError(f"the row of yes {n + 1} was never seen")
        delays.append(max(0.0, 1000 * (readings[at][0] - yes)))
    return delays


def behind(yeses, readings):
    delays = delays_ms(yeses, readings)
    seconds = {}
    for yes, delay in zip(yeses, delays):
        seconds.setdefault(int(yes - yeses[0]), []).append(delay)
    of_each = {second: percentile(of_second, 0.99) for second, of_second in seconds.items()}
    worst = max(of_each, key=of_each.get)
    return {"rows": len(delays), "row_p50_ms": percentile(delays, 0.5), "row_p99_ms": percentile(delays, 0.99),
            "row_max_ms": max(delays),
            "row_worst_second": worst, "row_worst_second_p99_ms": of_each[worst],
            "row_p99_ms_by_second": [of_each[second] for second in sorted(of_each)]}


def coupons_of(body):
    """The coupons of a page of the list."""
    return json.loads(body)["items"]


def goals(wanted, found):
    return [{"what": what, "reached": found[key], "goal": goal,
             "met": found[key] <= goal if at_most else found[key] >= goal} for what, key, goal, at_most in wanted]
