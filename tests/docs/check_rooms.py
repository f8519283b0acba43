"""The rooms of the house and the arrows between them: what the files include is what the table below allows.

  check_rooms.py SOURCE_FOLDER            checks, and exits with 1 when something is wrong
  check_rooms.py SOURCE_FOLDER --picture  prints the picture for docs/architecture.md

A room is a folder of src/, or lab/ or bench/. Rooms stand in layers; an arrow (a file includes one of another room) leads
to a lower layer and stands in the table. Wings of a room (gate/memory and gate/redis) do not know each other. Tests beside
the code may include what they like.
"""
import pathlib
import re
import sys

LAYERS_MAX = 7
# From the top; in a layer, rooms do not know each other, but for BESIDE.
LAYERS = [
    ["cli"],
    ["api"],
    ["issuing", "worker"],
    ["coordination"],
    ["gate", "ledger", "identity"],
    ["http", "queue", "redis", "sql"],
    ["runtime", "domain"],
]
# The rooms of the lowest layer may be included by all above it.
ARROWS = {
    "cli": [room for layer in LAYERS[1:-1] for room in layer],  # it wires them all
    "api": ["http", "identity", "issuing"],
    "issuing": ["coordination", "gate", "ledger", "redis"],
    "worker": ["coordination", "gate", "ledger"],
    "coordination": ["gate", "ledger"],
    "gate": ["queue", "redis"],
    "ledger": ["queue", "sql"],
    "identity": ["http"],
}
BESIDE = {("runtime", "domain"): "clocks, logs and metrics speak of domain's times and errors; domain knows nobody"}
# Programs of their own, which stand on the house. `auditor` is the judge in tests/auditor.
ON_TOP = {
    "lab": ["cli", "api", "http", "issuing", "ledger", "redis", "sql"],
    "bench": ["lab", "cli", "api", "ledger", "auditor"],
}
# A room that wires is not for everybody's use: of cli, other programs take what frames a command line, the lab's a node too.
ONLY = {
    ("lab", "cli"): ["cli/api.hpp", "cli/command.hpp", "cli/http_front.hpp", "cli/node.hpp", "cli/program.hpp"],
    ("bench", "cli"): ["cli/arguments.hpp"],
}
WINGS = ("gate", "issuing", "ledger")
# Two that are one wing: the original service's schema is taken over inside a migration of MySQL's.
ONE_WING = {"ledger/import": "ledger/mysql"}
SAYS = {
    "cli": "one file a sub-command; wires everything",
    "api": "routes, handlers, JSON, problems, pages",
    "issuing": "the issuer seam; embedded/ and distributed/",
    "worker": "moves the queue into the ledger",
    "coordination": "confirm, rebuild, look, operators' changes, audit",
    "gate": "who is in: memory/ and redis/",
    "ledger": "the record that counts: sqlite/, mysql/, import/",
    "http": "framing, connections, limits; a client",
    "identity": "users' tokens, operators' tokens",
    "queue": "the codec of queue entries",
    "redis": "a client over hiredis",
    "sql": "clients over SQLite and libmariadb",
    "runtime": "clock, settings, log, metrics, signals",
    "domain": "coupon, issue, verdict, window, ids, errors: pure",
}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
GENERATED = {"api/openapi.hpp", "api/pages.hpp", "gate/redis/scripts.hpp"}
BEGIN, END = "<!-- rooms: made by tests/docs/check_rooms.py --picture -->\n```\n", "```\n<!-- rooms end -->"


def allowed_from(room):
    lowest = LAYERS[-1]
    if room in lowest:
        return {b for a, b in BESIDE if a == room}
    return set(ARROWS.get(room, ON_TOP.get(room, []))) | set(lowest)


def picture():
    lines = [f"{'layer':5}  {'room':12}  {'':50}  may include"]
    for number, rooms in zip(range(len(LAYERS), 0, -1), LAYERS):
        for room in rooms:
            to = ARROWS.get(room, [])
            if room == "cli":
                to = ["every room below"]
            elif number == 1:
                to = [b for a, b in BESIDE if a == room] or ["nothing"]
            lines.append(f"{number if room == rooms[0] else '':>5}  {room:12}  {SAYS[room]:50}  {', '.join(to)}".rstrip())
    lines.append("")
    lines.append("Every room may include domain and runtime, but for domain itself and runtime, which includes domain only.")
    lines += [f"{room}/ stands on top, a program of its own: {', '.join(to)}." for room, to in ON_TOP.items()]
    return "\n".join(lines) + "\n"


def room_of(path, source):
    parts = path.relative_to(source).parts
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 else "cli"  # main.cpp
    return "auditor" if parts[:2] == ("tests", "auditor") else parts[0]


def wing_of(path, source):
    parts = path.relative_to(source).parts
    if parts[0] != "src" or parts[1] not in WINGS or len(parts) < 4:
        return None
    wing = f"{parts[1]}/{parts[2]}"
    return ONE_WING.get(wing, wing)


def target_of(include, file, source):
    for root in ("src", "tests", "bench", "", "lab"):
        if (found := source / root / include).exists():
            return found
    return source / "src" / include if include in GENERATED else None


def arrows_of(source):
    """(file, room, wing, included text, its room, its wing) of every include that is not a test's."""
    for folder in ("src", "lab", "bench"):
        for file in sorted((source / folder).rglob("*.?pp")):
            if file.name.endswith("_test.cpp"):
                continue
            for include in INCLUDE.findall(file.read_text(encoding="utf-8")):
                target = target_of(include, file, source)
                if target is None:
                    yield file, room_of(file, source), None, include, None, None
                else:
                    yield (file, room_of(file, source), wing_of(file, source), include, room_of(target, source),
                           wing_of(target, source))


def check_table():
    """The table itself: no arrow back up, so no circle, and few layers."""
    height = {room: len(LAYERS) - n for n, rooms in enumerate(LAYERS) for room in rooms}
    if len(LAYERS) > LAYERS_MAX:
        yield f"there are {len(LAYERS)} layers; {LAYERS_MAX} are enough"
    for room, to in ARROWS.items():
        for other in to:
            if height[other] >= height[room]:
                yield f"the table lets {room} include {other}, which does not stand below it"
    for first, second in BESIDE:
        if (second, first) in BESIDE:
            yield f"{first} and {second} may include each other"


def check_files(source):
    rooms, used = {room for layer in LAYERS for room in layer} | set(ON_TOP), set()
    for folder in (f for f in (source / "src").iterdir() if f.is_dir()):
        if folder.name not in rooms:
            yield f"src/{folder.name} stands in no layer: name it in tests/docs/check_rooms.py"
    for file, room, wing, include, to, to_wing in arrows_of(source):
        where = file.relative_to(source)
        if to is None:
            yield f"{where}: there is no \"{include}\""
        elif to != room:
            used.add((room, to))
            if to not in allowed_from(room):
                yield f"{where} includes \"{include}\": {room} may not know {to}"
            elif include not in ONLY.get((room, to), [include]):
                yield f"{where} includes \"{include}\": of {to}, {room} may know {', '.join(ONLY[room, to])} only"
        elif wing and to_wing and wing != to_wing:
            yield f"{where} includes \"{include}\": {wing} and {to_wing} are two wings, which do not know each other"
    for room, to in {**ARROWS, **ON_TOP}.items():
        for other in to:
            if room != "cli" and (room, other) not in used:
                yield f"the table lets {room} include {other}, and no file does: take it out"


def check_picture(source):
    text = (source / "docs/architecture.md").read_text(encoding="utf-8")
    if BEGIN + picture() + END not in text:
        yield "docs/architecture.md shows another picture: put the one of check_rooms.py --picture between its marks"


def main(source, *flags):
    if flags == ("--picture",):
        print(BEGIN + picture() + END)
        return 0
    problems = [*check_table(), *check_files(source), *check_picture(source)]
    print("\n".join(problems) or f"{len(LAYERS)} layers, {sum(map(len, LAYERS))} rooms: every arrow leads down.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve(), *sys.argv[2:]))
