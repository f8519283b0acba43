"""What the comparison counts with, without a network: windows, rows, verdicts, tables, the relay."""

import io
import json
import os
import socket
import sys
import tempfile
import threading
import unittest
from contextlib import redirect_stdout

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from harness import peer_faults, peer_paths, peer_programs, peer_report, peers, relay  # noqa: E402


def yes(name, connections=64, **figures):
    return peer_report.record(name, "yes", connections, **figures)


class Windows(unittest.TestCase):
    def test_two_windows_that_differ_by_less_than_five_percent_have_settled(self):
        self.assertTrue(peer_paths.is_settled(100, 104.9))
        self.assertTrue(peer_paths.is_settled(100, 95.1))
        self.assertFalse(peer_paths.is_settled(100, 105))
        self.assertFalse(peer_paths.is_settled(None, 100))

    def test_who_compiles_while_it_runs_is_warmed_up_for_longer(self):
        spring, go = peer_programs.Spring, peer_programs.Go
        self.assertEqual(peers.Effort(quick=False).windows(spring), (60, 90))
        self.assertEqual(peers.Effort(quick=True).windows(spring), (20, 25))
        self.assertEqual(peers.Effort(quick=True).windows(go), (0, 5))

    def test_a_warm_up_ends_when_it_has_settled_and_not_before_its_least(self):
        for least, rates, windows, settled in ((0, [50, 51, 99], 2, True), (3, [50, 51, 98, 99], 4, True),
                                               (0, [1, 2, 4], 3, False)):
            stand, left = peer_paths.Stand.__new__(peer_paths.Stand), list(rates)
            stand.measure = lambda *_: {"requests_per_second": left.pop(0)}
            self.assertEqual(stand.warm_up("yes", 64, least, len(rates)), settled)
            self.assertEqual(len(rates) - len(left), windows)

    def test_a_window_that_fails_has_not_settled_and_the_next_is_tried(self):
        stand, left = peer_paths.Stand.__new__(peer_paths.Stand), [RuntimeError("503"), RuntimeError("503"), 50, 51, 99]

        def measure(*_):
            found = left.pop(0)
            if isinstance(found, Exception):
                raise found
            return {"requests_per_second": found}
        stand.measure = measure
        self.assertTrue(stand.warm_up("yes", 64, 0, 5))
        self.assertEqual(left, [99])

    def test_a_median_is_taken_figure_by_figure(self):
        self.assertEqual(peer_paths.medians([{"a": 1, "b": 9}, {"a": 2, "b": 1}, {"a": 30, "b": 3}]), {"a": 2, "b": 3})


class Rows(unittest.TestCase):
    def test_rows_behind_the_last_yes_are_timed_from_it(self):
        readings = [(10.0, 0), (10.5, 40), (11.0, 60), (12.0, 99), (13.0, 100)]
        found = peer_paths.rows_behind(readings, began=10.0, last_yes=11.5, total=100)
        self.assertEqual(found["p50_ms"], 0.0)
        self.assertEqual(found["p99_ms"], 500.0)
        self.assertEqual(found["all_there_ms"], 1500.0)
        self.assertAlmostEqual(found["requests_per_second"], 100 / 3)

    def warm_up(self, rates, least_s, most_s):
        """((settled, the last rate), the users of each window); a window lasts a second, None fails."""
        left, asked, now = list(rates), [], [100.0]

        def measure(stand, worker, users, seconds_max):
            asked.append(users)
            self.assertLessEqual(seconds_max, most_s)
            now[0] += 1
            rate = left.pop(0)
            if rate is None:
                raise RuntimeError("503")
            return {"requests_per_second": rate}
        return peer_paths.warm_up_rows(None, None, 5_000, least_s, most_s, measure, lambda: now[0]), asked

    def test_rows_are_warmed_up_until_two_windows_agree_by_as_many_as_a_second_brings(self):
        self.assertEqual(self.warm_up([600, 900, 8_000, 8_100, 1], 0, 9), ((True, 8_100), [500, 600, 900, 5_000]))

    def test_who_has_to_compile_is_warmed_up_for_his_time_and_a_window_that_fails_has_not_settled(self):
        self.assertEqual(self.warm_up([None, 100, 101, 100, 1], 4, 9), ((True, 100), [500] * 4))
        self.assertEqual(self.warm_up([None, None], 0, 2), ((False, 0.0), [500] * 2))

    def test_the_crowd_of_a_slow_one_is_one_that_half_of_the_time_is_enough_for(self):
        effort = peers.Effort(quick=True)
        self.assertEqual([effort.rows_users_at(rate) for rate in (0, 120, 30_000)], [500, 1_200, 5_000])

    def test_whom_the_lock_refused_has_no_row_to_wait_for(self):
        self.assertEqual(peer_paths.told({"answers_by_status": {"202": 90, "200": 1, "503": 9}}), (91, 9))

    def test_rows_that_never_came_have_no_time(self):
        found = peer_paths.rows_behind([(0.0, 0), (10.0, 60)], began=0.0, last_yes=1.0, total=100)
        self.assertEqual(found["p50_ms"], 9000.0)
        self.assertIsNone(found["p99_ms"])
        self.assertIsNone(found["all_there_ms"])
        self.assertEqual(found["requests_per_second"], 6.0)


class Verdicts(unittest.TestCase):
    def test_all_kept(self):
        found = peer_faults.count_faults({1, 2}, {1: 1, 2: 1}, quantity=2, queued=0)
        self.assertEqual(found, {"accepted": 2, "rows": 2, "lost": 0, "twice": 0, "over_issued": 0, "stuck": 0})

    def test_who_was_told_yes_and_has_no_row_is_lost_unless_he_still_waits_in_redis(self):
        found = peer_faults.count_faults({1, 2, 3, 4}, {1: 1}, quantity=None, queued=1)
        self.assertEqual((found["lost"], found["stuck"]), (2, 1))

    def test_a_row_that_nobody_was_told_of_hides_no_loss(self):
        self.assertEqual(peer_faults.count_faults({1, 2}, {1: 1, 9: 1}, quantity=2, queued=0)["lost"], 1)

    def test_second_rows_and_rows_beyond_the_quantity_are_counted(self):
        found = peer_faults.count_faults({1, 2, 3}, {1: 2, 2: 1, 3: 1}, quantity=2, queued=0)
        self.assertEqual((found["twice"], found["over_issued"]), (1, 2))

    def test_more_told_yes_than_there_are_is_over_issued_without_rows_too(self):
        self.assertEqual(peer_faults.count_faults({1, 2, 3}, {1: 1, 2: 1}, quantity=2, queued=1)["over_issued"], 1)

    def test_a_total_is_of_all_faults(self):
        one = {"lost": 1, "over_issued": 2, "stuck": 3, "accepted": 9}
        self.assertEqual(peer_faults.total([one, one]), {"lost": 2, "over_issued": 4, "stuck": 6})


class Json(unittest.TestCase):
    def test_a_record_has_every_member_and_no_other(self):
        self.assertEqual(tuple(yes("go")), peer_report.MEMBERS)
        with self.assertRaises(ValueError):
            yes("go", p50=1)
        with self.assertRaises(ValueError):
            peer_report.record("go", "no such path", 64)

    def test_what_is_written_is_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "peers.json")
            peer_report.write([yes("firstcome", requests_per_second=1234.5678)], path)
            self.assertEqual(peer_report.read(path)[0]["requests_per_second"], 1235.0)
            with open(path, "w") as file:
                json.dump([{"name": "go"}], file)
            with self.assertRaises(ValueError):
                peer_report.read(path)

    def test_the_yes_of_a_redis_without_a_file_goes_to_a_file_of_its_own(self):
        with tempfile.TemporaryDirectory() as folder:
            peers.write({"records": [yes("a")], "without_aof": [yes("b")]}, os.path.join(folder, "x.json"))
            self.assertEqual(peer_report.read(os.path.join(folder, "x.json"))[0]["name"], "a")
            self.assertEqual(peer_report.read(os.path.join(folder, "x-without-aof.json"))[0]["name"], "b")


class Tables(unittest.TestCase):
    records = [yes("firstcome", requests_per_second=40_000.0, cpu_us=5.0, machine_cpu_us=30.0),
               yes("go", requests_per_second=16_000.0, cpu_us=40.0, machine_cpu_us=80.0),
               yes("node", requests_per_second=5_000.0, cpu_us=150.0, machine_cpu_us=300.0)]

    def test_ours_is_compared_with_the_strongest_peer(self):
        found = {what: (name, round(ratio, 3), met) for what, name, ratio, _, met in peer_report.ratios(self.records)}
        self.assertEqual(found["a durable yes at 64 connections, requests/s"], ("go", 2.5, True))
        self.assertEqual(found["the whole machine's CPU per durable yes"], ("go", 0.375, True))
        self.assertNotIn("sold out, requests/s", found)

    def test_a_lone_request_is_compared_with_the_quickest(self):
        lone = [peer_report.record(name, "lone", 1, requests_per_second=1.0, p50_ms=p50)
                for name, p50 in (("firstcome", 0.3), ("go", 0.4), ("node", 0.2))]
        (_, name, ratio, _, met), = peer_report.ratios(lone)
        self.assertEqual((name, round(ratio, 2), met), ("node", 1.5, False))

    def test_the_summary_has_a_line_for_each_program_and_says_what_was_not_kept(self):
        kept = [peer_report.record("firstcome", "kept", 32, lost=0, over_issued=0, stuck=0),
                peer_report.record("go", "kept", 32, lost=2, over_issued=0, stuck=1)]
        lines = peer_report.summary(self.records + kept).splitlines()
        self.assertEqual(len(lines), 2 + 3)
        self.assertIn("| firstcome |", lines[2])
        self.assertTrue(lines[2].rstrip(" |").endswith("all"))
        self.assertIn("2 lost, 1 stuck", lines[3])
        self.assertEqual(len(set(map(len, lines))), 1)

    def test_numbers_are_short(self):
        self.assertEqual([peer_report.number(value) for value in (None, 0.12345, 12.345, 1234.5, 2_000_000)],
                         ["–", "0.123", "12.3", "1,234", "2,000,000"])

    def test_a_peer_that_was_skipped_is_named(self):
        result = {"records": self.records, "without_aof": [], "rows": {}, "faults": {}, "seconds_to_ready": {},
                  "skipped": {"spring": "Maven is not here"}, "unsettled": []}
        with redirect_stdout(io.StringIO()) as printed:
            peer_report.print_report(result)
        self.assertIn("skipped: spring: Maven is not here", printed.getvalue())

    def test_readme_shows_what_the_command_under_it_prints(self):
        root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        measured = os.path.join(root, "docs", "compare.json")
        if not os.path.exists(measured):
            self.skipTest("nothing was measured yet")
        table = peer_report.summary(peer_report.read(measured))
        for name in ("README.md", "README.ko.md", os.path.join("docs", "compare.md")):
            with open(os.path.join(root, name), encoding="utf-8") as page:
                self.assertIn(table, page.read(), f"{name}: paste what `bench/peers/table docs/compare.json` prints")


class FakeRedis:
    """Answers every read with +OK, and remembers what it was sent."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            while data := connection.recv(4096):
                self.heard.append(data)
                connection.sendall(b"-NOSCRIPT no\r\n" if b"unknown" in data else b"+OK\r\n")


class Relays(unittest.TestCase):
    def setUp(self):
        self.redis = FakeRedis()
        self.relay = relay.Relay(self.redis.port)

    def tearDown(self):
        self.relay.stop()
        self.redis.listener.close()

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.relay.port), timeout=10)
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection, words):
        connection.sendall(words)
        return connection.recv(100)

    def test_an_answer_is_lost_after_its_command_was_carried_out(self):
        connection, other = self.connect(), self.connect()
        self.assertEqual(self.ask(connection, b"PING"), b"+OK\r\n")
        self.relay.lose_next_script()
        self.assertEqual(self.ask(connection, b"GET x"), b"+OK\r\n")  # no script
        self.assertEqual(self.ask(connection, b"evalsha abc"), b"")   # closed
        self.assertIn(b"evalsha abc", self.redis.heard)
        self.assertEqual(self.relay.lost, 1)
        self.assertEqual(self.ask(other, b"EVALSHA abc"), b"+OK\r\n")  # one answer only

    def test_the_answer_to_a_command_is_lost_by_its_name(self):
        connection = self.connect()
        self.relay.lose_next(b"SADD")
        self.assertEqual(self.ask(connection, b"EVALSHA abc"), b"+OK\r\n")
        self.assertEqual(self.ask(connection, b"SADD users 1"), b"")
        self.assertEqual(self.relay.lost, 1)

    def test_a_script_that_was_not_there_was_not_carried_out_and_the_next_is_lost(self):
        connection = self.connect()
        self.relay.lose_next_script()
        self.assertEqual(self.ask(connection, b"EVALSHA unknown"), b"-NOSCRIPT no\r\n")
        self.assertEqual(self.ask(connection, b"EVALSHA abc"), b"")
        self.assertEqual(self.relay.lost, 1)


if __name__ == "__main__":
    unittest.main()
