"""The table for a terminal."""

from . import throughput

NOISY_SPREAD = 0.10
NOISY_SYNC_SPREAD = 0.50
NOISY_WAITED_SHARE = 0.05
CLIENT_BUSY_SHARE = 0.95


def print_machine(about, cores):
    print(f"firstcome {about['commit']} · {about['date']}")
    print(f"{about['cores']} × {about['processor']} · {about['system']} · Linux {about['kernel']} · {about['file_system']}")
    if cores.pinned is None:
        print("programs, stores and generator share all cores")
    else:
        print("server and client pinned to a core each" if cores.pinned else
              "one core only: server and client share it, so the figures are not comparable")
    if about["file_system"] in ("tmpfs", "ramfs"):
        print("the data folder is in memory: syncing costs nothing there, so the issue path looks better than it is")


def print_paths(connections, table, spread):
    print(f"\n{connections} connection{'s' if connections > 1 else ''}")
    print(f"  {'path':<16}{'requests/s':>12}{'of limit':>10}{'p50 ms':>10}{'p99 ms':>10}{'server CPU µs/request':>24}")
    for name in throughput.NAMES:
        row = table[name]
        print(f"  {name:<16}{row['requests_per_second']:>12,.0f}{row['of_limit']:>10.2f}{row['p50_us'] / 1000:>10.3f}"
              f"{row['p99_us'] / 1000:>10.3f}{row['server_cpu_us_per_request']:>24.2f}")
        if row["client_cpu_share"] > CLIENT_BUSY_SHARE and name != "limit":
            print("    the client was busy all the time here: the server could do more")
        if row["wrong"] > 0:
            print(f"    {row['wrong']} answers were none that this path may give: see --json")
    waited = max(row["client_waited_share"] for row in table.values())
    if spread > NOISY_SPREAD or waited > NOISY_WAITED_SHARE:
        print(f"  noisy: the limit's rounds lie {spread:.0%} apart, and others had the client's core up to {waited:.0%} of the "
              "time; compare ratios, not rates, or run again")


def print_rest(result):
    lone, million = result["lone_request"], result["million"]
    print("\none lone request, durable")
    print(f"  p50 {lone['p50_us'] / 1000:.3f} ms = {lone['fdatasyncs']:.2f} × fdatasync of 4 KiB "
          f"({lone['fdatasync_p50_us'] / 1000:.3f} ms; {lone['fdatasync_appending_p50_us'] / 1000:.3f} ms at a file's end)")
    if not is_believable(lone):
        print("  noisy: something else took the cores or the disk, so this ratio says nothing; run again on a quiet machine")
    print(f"\n{million['issues']:,} issues")
    print(f"  issued durably at {million['requests_per_second']:,.0f} /s over 256 connections")
    print(f"  memory per admitted user: {million['bytes_per_user_after_restart']:.1f} bytes after a restart; "
          f"{million['bytes_per_user']:.1f} right after issuing, with SQLite's page cache, which is bounded")
    print(f"  start until ready: {million['seconds_to_ready']:.2f} s ({million['seconds_to_ready_empty']:.2f} s empty); "
          f"on disk {million['ledger_bytes_per_issue']:.0f} bytes an issue, the log aside")
    print("\nallocations per request, 64 connections")
    for name, counted in result["allocations"].items():
        print(f"  {name:<16}{counted['calls_per_request']:>8.2f} calls {counted['bytes_per_request']:>10.0f} bytes")


def is_believable(lone):
    """A durable answer cannot take less than a sync: if it seems to, or the syncs disagree, the probe was held up."""
    return lone["fdatasyncs"] >= 1 and lone["spread_of_fdatasync"] <= NOISY_SYNC_SPREAD


def goals(result):
    """(what, reached, goal, met): what the project set itself. A run says how it stands; it fails nothing."""
    at = lambda connections, name: result["paths"][str(connections)]["table"][name]["of_limit"]
    found = [
        ("sold out at 64 connections, of the limit", at(64, "sold out"), 0.85, False),
        ("issue at 64 connections, of the limit", at(64, "issue"), 0.45, False),
        ("issue at 512 connections, of the limit", at(512, "issue"), 0.50, False),
        ("fdatasyncs of a lone request, at most", result["lone_request"]["fdatasyncs"], 2.0, True),
        ("bytes of memory per admitted user, at most", result["million"]["bytes_per_user_after_restart"], 40.0, True),
    ]
    standing = [{"what": what, "reached": reached, "goal": goal, "met": reached <= goal if at_most else reached >= goal}
                for what, reached, goal, at_most in found]
    if not is_believable(result["lone_request"]):
        standing[3]["met"] = None
    return standing


def print_goals(found):
    print("\ngoals")
    for goal in found:
        word = {True: "met", False: "missed", None: "unsure"}[goal["met"]]
        print(f"  {word:<6} {goal['what']:<60}{goal['reached']:>8.2f}  (goal {goal['goal']:g})")
