"""The pages for people in a real browser: Debian's Chromium.

  check_pages.py PROGRAM SHOTS_FOLDER [GROUP…]

Each group is a list of parts that share a node and a browser; without a name, all of them run. Pictures of the states go
to SHOTS_FOLDER, and failed-PART.png when a part fails.
"""
import pathlib
import sys
import tempfile
import time

from browser import Browser
from node import Node

import console_page
import event_page

GROUPS = {
    "event": (event_page.states, event_page.narrow_and_dark),
    "opening": (event_page.opening, event_page.killed_node),
    "console": (console_page.work, event_page.korean),
}


def run_part(part, node, browser):
    started = time.monotonic()
    try:
        part(node, browser)
    except Exception:
        browser.shot(f"failed-{part.__name__}")
        print(f"{part.__name__}: see {browser.shots}/failed-{part.__name__}.png", file=sys.stderr)
        node.show_log()
        raise
    print(f"{part.__name__}: {time.monotonic() - started:.1f} s", flush=True)


def run_group(parts, program, shots):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        node = Node(program, pathlib.Path(folder))
        try:
            with Browser(shots) as browser:
                for part in parts:
                    run_part(part, node, browser)
                assert not (refused := browser.refused_by_policy()), refused
        finally:
            node.kill()


def main(program, shots, *names):
    shots = pathlib.Path(shots)
    shots.mkdir(parents=True, exist_ok=True)
    for name in names or GROUPS:
        run_group(GROUPS[name], program, shots)


if __name__ == "__main__":
    main(*sys.argv[1:])
