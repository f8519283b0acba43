"""What the locustfiles share: the options, the crowd, and what counts as a failure.

A refusal such as "sold out" is an answer, not a failure: the crowd was told the truth. Everything that leaves a user
without an answer is one: a 5xx, a lost connection, and also a 4xx that says that the test itself is wrong (an unknown
coupon, a malformed request).
"""

import itertools
import os
import random
from collections import Counter

import locust.runners
from locust import FastHttpUser, events

# Debian 12's Locust (2.12.1) was packaged without its version number, and a master takes a worker that names none for
# one of before 2.0 and sends it away. Master and workers read this file before they meet.
if not locust.runners.__version__:
    locust.runners.__version__ = "2.12.1"

# Several nodes, separated by commas: this process' users are dealt out to them in turn. None: all go to --host.
nodes = [node for node in os.environ.get("FIRSTCOME_LOAD_NODES", "").split(",") if node]
next_node = itertools.cycle(nodes)

outcomes = Counter()  # of this process: with workers, each prints its own


@events.init_command_line_parser.add_listener
def add_options(parser):
    group = parser.add_argument_group("firstcome")
    group.add_argument("--coupon-id", type=int, default=1, env_var="FIRSTCOME_LOAD_COUPON_ID",
                       help="the coupon that everybody wants (1)")
    group.add_argument("--user-ids", type=int, default=10_000_000, env_var="FIRSTCOME_LOAD_USER_IDS",
                       help="user ids are drawn from 1 to this number (ten million)")


@events.test_start.add_listener
def forget_outcomes(environment, **_):
    outcomes.clear()


@events.test_stop.add_listener
def print_outcomes(environment, **_):
    if outcomes:
        print("outcomes: " + ", ".join(f"{name} {count}" for name, count in outcomes.most_common()), flush=True)


class Crowd(FastHttpUser):
    """Asks again at once, each time as somebody else."""

    abstract = True
    connection_timeout = 10.0
    network_timeout = 10.0

    def __init__(self, environment):
        if nodes:
            self.host = next(next_node)
        super().__init__(environment)

    @property
    def coupon_id(self):
        return self.environment.parsed_options.coupon_id

    def somebody(self):
        return random.randint(1, self.environment.parsed_options.user_ids)

    def ask(self, path, body, name, outcome_of):
        """Posts, and books the outcome that `outcome_of(response)` names; none is a failure."""
        with self.client.post(path, json=body, name=name, catch_response=True) as response:
            outcome = outcome_of(response)
            outcomes[outcome or f"failed ({response.status_code})"] += 1
            if outcome:
                response.success()
            else:
                response.failure(f"{response.status_code}: {(response.text or 'no answer')[:200]}")


def original_outcome(response):
    """The original service's contract: every business outcome is a 200."""
    if response.status_code != 200:
        return None
    answer = response.json()
    if answer.get("isSuccess") is True:
        return "issued"
    return answer.get("comment")
