"""The records of a run, as JSON and as tables. Pure: no process, no network."""

import json

MEMBERS = ("name", "path", "connections", "requests_per_second", "p50_ms", "p99_ms", "cpu_us", "machine_cpu_us",
           "memory_mb", "lost", "over_issued", "stuck")
PATHS = ("sold out", "yes", "lone", "rows", "kept")
OURS = "firstcome"


def record(name, path, connections, **figures):
    """One line of the JSON: every member is there; what a path does not measure is null."""
    if path not in PATHS:
        raise ValueError(f"there is no path {path}")
    unknown = set(figures) - set(MEMBERS)
    if unknown:
        raise ValueError(f"no member of a record: {', '.join(sorted(unknown))}")
    return {**dict.fromkeys(MEMBERS), "name": name, "path": path, "connections": connections, **figures}


def write(records, path):
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(rounded(one)) for one in records) + "\n]\n")


def rounded(one):
    return {member: float(f"{value:.4g}") if isinstance(value, float) else value for member, value in one.items()}


def read(path):
    with open(path) as file:
        records = json.load(file)
    for one in records:
        if set(one) != set(MEMBERS):
            raise ValueError(f"{path}: not a record of this benchmark: {one}")
    return records


def find(records, name, path, connections=None):
    for one in records:
        if one["name"] == name and one["path"] == path and connections in (None, one["connections"]):
            return one
    return None


def names_of(records):
    """In the order of their first record."""
    return list(dict.fromkeys(one["name"] for one in records))


def strongest(records, path, connections):
    """The peer that answers most there; None without peers."""
    return max(peers_at(records, path, connections), key=lambda one: one["requests_per_second"], default=None)


def peers_at(records, path, connections):
    return [one for one in records
            if one["path"] == path and one["connections"] == connections and one["name"] != OURS]


# (what, path, connections, member, the goal of ours divided by the strongest peer's, whether more is better)
GOALS = (
    ("sold out, requests/s", "sold out", 64, "requests_per_second", 4.0, True),
    ("a durable yes at 64 connections, requests/s", "yes", 64, "requests_per_second", 2.2, True),
    ("a durable yes at 512 connections, requests/s", "yes", 512, "requests_per_second", 3.0, True),
    ("the application's CPU per durable yes", "yes", 64, "cpu_us", 0.15, False),
    ("the whole machine's CPU per durable yes", "yes", 64, "machine_cpu_us", 0.4, False),
    ("a lone request's p50", "lone", 1, "p50_ms", 1.0, False),
)


def ratios(records):
    """(what, the strongest peer, ours divided by its, the goal, met) for each goal that the run can tell."""
    found = []
    for what, path, connections, member, goal, more in GOALS:
        ours, best = find(records, OURS, path, connections), strongest(records, path, connections)
        if path == "lone" and best:
            best = min(peers_at(records, path, connections), key=lambda one: one["p50_ms"])
        if ours is None or best is None:
            continue
        ratio = ours[member] / best[member]
        found.append((what, best["name"], ratio, goal, ratio >= goal if more else ratio <= goal))
    return found


def number(value, digits=3):
    """Three significant digits, thousands with commas; a dash for what there is not."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{float(f'{value:.{digits}g}'):,.0f}" if value >= 10 ** 6 else f"{value:,.0f}"
    return f"{value:.{digits}g}"


def table_of(heads, rows):
    """A Markdown table whose columns line up."""
    width = [max(len(str(row[i])) for row in [heads, *rows]) for i in range(len(heads))]
    line = lambda cells: "| " + " | ".join(str(cell).ljust(w) if i == 0 else str(cell).rjust(w)
                                           for i, (cell, w) in enumerate(zip(cells, width))) + " |"
    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":" for i, w in enumerate(width)) + "|"
    return "\n".join([line(heads), rule, *map(line, rows)])


def path_table(records, path, connections):
    rows = [[one["name"], *(number(one[member]) for member in MEMBERS[3:9])] for one in records
            if one["path"] == path and one["connections"] == connections]
    return table_of(["", "requests/s", "p50 ms", "p99 ms", "CPU µs", "whole machine µs", "MB"], rows)


def kept_word(one):
    if one is None:
        return "–"
    words = {"lost": "lost", "over_issued": "too many", "stuck": "stuck"}
    broken = [f"{one[what]:,} {word}" for what, word in words.items() if one[what]]
    return ", ".join(broken) or "all"


def summary(records):
    """The lines that README shows: one for each program, the most telling figures."""
    rows = []
    for name in names_of(records):
        of = lambda path, connections, member: number((find(records, name, path, connections) or {}).get(member))
        rows.append([name, of("sold out", 64, "requests_per_second"), of("yes", 64, "requests_per_second"),
                     of("yes", 512, "requests_per_second"), of("yes", 64, "p99_ms"), of("yes", 64, "cpu_us"),
                     of("rows", None, "requests_per_second"), of("yes", 64, "memory_mb"),
                     kept_word(find(records, name, "kept"))])
    return table_of(["", "sold out /s", "yes /s, 64", "yes /s, 512", "its p99 ms", "its CPU µs", "rows /s", "MB", "kept"],
                    rows)


TITLES = {("sold out", 64): "Sold out, 64 connections", ("sold out", 512): "Sold out, 512 connections",
          ("yes", 64): "A yes, fsync always, 64 connections", ("yes", 512): "A yes, fsync always, 512 connections",
          ("lone", 1): "A lone request", ("rows", 64): "Rows behind their yes"}


def fault_rows(faults):
    statuses = lambda counted: ", ".join(f"{status} × {count}" for status, count in sorted(counted.items()))
    for name, trials in faults.items():
        for trial in trials:
            heard = ""
            if "first_heard" in trial:
                heard = f"first {statuses(trial['first_heard'])}; second {statuses(trial['second_heard'])}"
            yield [name, trial["fault"], *(f"{trial[figure]:,}" for figure in
                                           ("accepted", "rows", "lost", "twice", "over_issued", "stuck")), heard]


def print_report(result):
    records = result["records"]
    for (path, connections), title in TITLES.items():
        print(f"\n{title}\n\n{path_table(records, path, connections)}")
    for name, note in result["rows"].items():
        there = "were not all there in time" if note["all_there_ms"] is None else \
            f"were all there {number(note['all_there_ms'])} ms behind the last yes"
        refused = f", {note['refused']:,} heard that their turn did not come" if note["refused"] else ""
        print(f"{name}: {note['rows']:,} rows of {note['users']:,} who asked{refused}; they {there}")
    for connections in (64, 512) if result["without_aof"] else ():
        print(f"\nA yes, Redis without AOF, {connections} connections\n\n"
              f"{path_table(result['without_aof'], 'yes', connections)}")
    print("\nWhat is kept\n\n" + table_of(
        ["", "fault", "accepted", "rows", "lost", "twice", "over-issued", "stuck", "heard"],
        list(fault_rows(result["faults"]))))
    starts = [[name, f"{seconds:.2f}"] for name, seconds in result["seconds_to_ready"].items()]
    print("\nFrom start to ready\n\n" + table_of(["", "s"], starts))
    print("\nOurs divided by the strongest peer's\n")
    for what, name, ratio, goal, met in ratios(records):
        print(f"  {'met' if met else 'missed':<7}{what:<48}{ratio:>7.2f} of {name} (goal {goal:g})")
    for name, reason in result["skipped"].items():
        print(f"\nskipped: {name}: {reason}")
    if result["unsettled"]:
        print("\nstill moving by 5 % or more when its warm-up was over: " + "; ".join(result["unsettled"]))
