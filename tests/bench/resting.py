"""Owns measuring what the town costs while nobody does anything: looking whether there is work, and keeping clocks."""

from tests.bench.figures import Goal, Measurement
from tests.bench.processes import Cost
from tests.bench.running import Running

REST_SECONDS = 60.0
REST_CPU = Goal(figure=60, is_upper=True)  # CPU milliseconds a second, of everything together


def measure(town: Running) -> Measurement:
    """The CPU time of all processes in a minute in which nothing is asked of them."""
    town.rest()
    cost = Cost(town.processes)
    town.caller.deadline.pause(REST_SECONDS, missing="the end of a minute at rest")
    used = {name: round(each, 1) for name, each in cost.milliseconds_each(int(REST_SECONDS)).items()}
    return Measurement(
        name="town at rest", figure=sum(used.values()), unit="CPU-ms/s", goal=REST_CPU, more={"cpu_ms_per_second": used}
    )
