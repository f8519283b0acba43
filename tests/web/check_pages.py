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

import accessibility
import console_page
import embedding
import event_page
import phone

GROUPS = {
    "event": (event_page.states, event_page.back_again, event_page.two_tabs, event_page.without_script,
              event_page.narrow_and_dark),
    "opening": (event_page.opening, event_page.an_hour_wrong),
    "trouble": (event_page.killed_node, event_page.asked_again, event_page.beside_a_crowd, console_page.node_away),
    "console": (console_page.work, console_page.a_user, console_page.a_new_coupon, console_page.burst),
    "operators": (console_page.two_consoles, console_page.dead_letters),
    "roles": (console_page.a_viewer, console_page.rehearsal),
    "embedding": (embedding.in_a_shop, embedding.token_in_the_address, embedding.requests_from_elsewhere),
    "accessibility": (accessibility.check, phone.check),
    "korean": (event_page.korean, accessibility.check, phone.check),
}
SAYS_SO = {"embedding"}  # there the browser is to refuse, and says why


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


def run_group(name, program, shots):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        node = Node(program, pathlib.Path(folder))
        try:
            with Browser(shots, "ko-KR" if name == "korean" else "en-US") as browser:
                for part in GROUPS[name]:
                    run_part(part, node, browser)
                assert name in SAYS_SO or not (refused := browser.refused_by_policy()), refused
        finally:
            node.stop_all()


def main(program, shots, *names):
    shots = pathlib.Path(shots)
    shots.mkdir(parents=True, exist_ok=True)
    for name in names or GROUPS:
        run_group(name, program, shots)


if __name__ == "__main__":
    main(*sys.argv[1:])
