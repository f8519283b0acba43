"""CHANGELOG.md as Debian's changelog.

  changelog.py CHANGELOG VERSION MAINTAINER

Prints the entries of VERSION and of those before it. An entry begins with `## VERSION (YYYY-MM-DD)`; its list points
become Debian's. Exits with 1 when there is no entry of VERSION.
"""
import datetime
import email.utils
import re
import sys
import textwrap

ENTRY = re.compile(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\)\s*$", re.M)


def points(body):
    """The list points of an entry, without marks of Markdown."""
    found = []
    for line in body.splitlines():
        if line.startswith("- "):
            found.append(line[2:])
        elif line.startswith("  ") and found:
            found[-1] += " " + line.strip()
    return [re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", lambda m: m.group(1) or "", text) for text in found]


def main(path, version, maintainer):
    text = open(path, encoding="utf-8").read()
    parts = ENTRY.split(text)[1:]
    entries = [(parts[i], parts[i + 1], parts[i + 2]) for i in range(0, len(parts), 3)]
    known = [v for v, _, _ in entries]
    if version not in known:
        print(f"{path} has no entry `## {version} (YYYY-MM-DD)`", file=sys.stderr)
        return 1
    for number, day, body in entries[known.index(version):]:
        when = datetime.datetime.fromisoformat(day).replace(hour=12, tzinfo=datetime.timezone.utc)
        print(f"firstcome ({number}) unstable; urgency=medium\n")
        for point in points(body):
            print("\n".join(textwrap.wrap(point, 76, initial_indent="  * ", subsequent_indent="    ", break_on_hyphens=False)))
        print(f"\n -- {maintainer}  {email.utils.format_datetime(when)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
