"""What a million issues cost: bytes of memory for each, and the time to start again. And what a request allocates."""

import os
import struct

from . import machine, processes, throughput


def million(build, cores, folder, issues, progress):
    progress(f"{issues:,} issues over HTTP")
    server = processes.Server(build, folder, "million", cores)
    empty_start = server.seconds_to_ready
    empty_bytes = server.anonymous_bytes()
    try:
        # Another coupon first, so that buffers and batches have the size that load gives them before we look.
        warm = server.create_coupon()
        options = {"users": "random", "first": 0, "connections": 256, "expect": "201,202"}
        warm_issues = min(20_000, issues)
        processes.load(build, cores, server, coupon=warm, requests=warm_issues, **options)
        coupon = server.create_coupon()
        before = server.anonymous_bytes()
        report = processes.load(build, cores, server, coupon=coupon, requests=issues, **options)
        after = server.anonymous_bytes()
    finally:
        server.stop()

    starts, restarted = [], []
    for number in range(3):
        progress(f"start with {issues:,} issues, {number + 1} of 3")
        server = processes.Server(build, folder, "million", cores)
        starts.append(server.seconds_to_ready)
        restarted.append(server.anonymous_bytes())
        server.stop()
    return {
        "issues": issues,
        "requests_per_second": report["requests_per_second"],
        "bytes_per_user": (after - before) / issues,
        "bytes_per_user_after_restart": (machine.median(restarted) - empty_bytes) / (issues + warm_issues),
        "seconds_to_ready": machine.median(starts),
        "seconds_to_ready_empty": empty_start,
        "ledger_bytes_per_issue": os.path.getsize(os.path.join(folder, "million", "firstcome.db")) / (issues + warm_issues),
    }


def allocations(build, cores, folder, limit, seconds, progress):
    """Calls to the allocator per request, counted in a server of its own because counting costs time."""
    counters = os.path.join(folder, "allocations")
    environment = dict(os.environ, LD_PRELOAD=os.path.join(build, "allocations.so"), FIRSTCOME_ALLOCATIONS=counters)
    server = processes.Server(build, folder, "counted", cores, environment)
    try:
        paths = throughput.Paths(build, cores, server, limit)
        found = {}
        for name in throughput.NAMES[1:]:
            progress(f"allocations: {name}")
            paths.measure(name, connections=64, duration=0.3, warm_up=0)  # connections and buffers of their final size
            calls, size = read_counters(counters)
            report = paths.measure(name, connections=64, duration=seconds, warm_up=0)
            more_calls, more_size = read_counters(counters)
            found[name] = {"calls_per_request": (more_calls - calls) / report["users_asked"],
                           "bytes_per_request": (more_size - size) / report["users_asked"]}
        return found
    finally:
        server.stop()


def read_counters(path):
    with open(path, "rb") as file:
        return struct.unpack("=QQ", file.read(16))
