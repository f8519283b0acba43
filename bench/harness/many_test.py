"""What the bench of many coupons counts with."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from harness import many_figures  # noqa: E402


class Rows(unittest.TestCase):
    def test_a_row_is_behind_its_yes_until_the_first_reading_that_has_it(self):
        readings = [(1.0, 0), (1.25, 1), (1.5, 3), (2.0, 3)]
        self.assertEqual(many_figures.delays_ms([1.0, 1.25, 1.5], readings), [250, 250, 0])

    def test_a_row_that_was_there_before_its_yes_was_heard_is_not_early(self):
        self.assertEqual(many_figures.delays_ms([3.0], [(2.0, 1)]), [0])

    def test_a_row_that_never_came_is_no_figure(self):
        with self.assertRaises(RuntimeError):
            many_figures.delays_ms([1.0, 1.1], [(2.0, 1)])

    def test_one_slow_second_shows_even_when_the_whole_hides_it(self):
        yeses = [n / 100 for n in range(10_000)]
        delays = [0.5 if 50 <= yes < 50.3 else 0.001 for yes in yeses]
        # Rows come in order: a reading holds as many as the slowest before it allows.
        in_order, latest = [], 0.0
        for n, (yes, delay) in enumerate(zip(yeses, delays)):
            latest = max(latest, yes + delay)
            in_order.append((latest, n + 1))
        found = many_figures.behind(yeses, in_order)
        self.assertAlmostEqual(found["row_p99_ms"], 1, places=3)
        self.assertAlmostEqual(found["row_p50_ms"], 1, places=3)
        self.assertAlmostEqual(found["row_worst_second_p99_ms"], 500, places=3)
        self.assertEqual(found["row_worst_second"], 50)


class Percentiles(unittest.TestCase):
    def test_is_the_smallest_value_that_so_many_do_not_exceed(self):
        self.assertEqual(many_figures.percentile(range(1, 101), 0.99), 99)
        self.assertEqual(many_figures.percentile(range(1, 101), 0.5), 50)
        self.assertEqual(many_figures.percentile([7], 0.99), 7)
        self.assertEqual(many_figures.percentile([1, 2], 0.5), 1)


class Goals(unittest.TestCase):
    def test_a_goal_is_met_at_its_limit_from_either_side(self):
        wanted = (("at most", "a", 2, True), ("at least", "b", 10, False))
        met = lambda a, b: [goal["met"] for goal in many_figures.goals(wanted, {"a": a, "b": b})]
        self.assertEqual(met(2, 10), [True, True])
        self.assertEqual(met(2.1, 9.9), [False, False])


class Pages(unittest.TestCase):
    def test_the_coupons_of_a_page_are_counted(self):
        self.assertEqual(len(many_figures.coupons_of(b'{"items": [{"id": 1}, {"id": 2}], "nextCursor": "2"}')), 2)


if __name__ == "__main__":
    unittest.main()
