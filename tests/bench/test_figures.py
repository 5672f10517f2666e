"""The benchmark's own arithmetic: shares of ordered values, and ratios to goals."""

import json

from tests.bench.figures import Goal, Measurement, percentile


def test_a_percentile_is_one_of_the_values_that_were_seen() -> None:
    values = [float(number) for number in range(1, 101)]

    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)] == [51, 96, 100, 100]
    assert percentile([7.0], 0.99) == 7


def test_a_line_says_the_figure_its_goal_and_which_side_of_the_goal_is_the_good_one() -> None:
    idle = Measurement(name="memory when idle", figure=300, unit="MiB", goal=Goal(figure=600, is_upper=True))

    assert json.loads(idle.as_line()) == {
        "measurement": "memory when idle",
        "figure": 300,
        "unit": "MiB",
        "goal": 600,
        "goal_is": "at most",
        "ratio": 0.5,
    }
