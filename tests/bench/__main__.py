"""`python -m tests.bench [events] [mails] [programmes] [registering] [ordering] [public] [cancellation] [completing]
[preview] [lists] [memory] [rest] [releasing]`: measures.

It prints lines of JSON. A line is one measurement, with its goal and its ratio to it; the last line says what machine
it was. Nothing is asserted. Without a name all are measured, one after the other, in a fresh town on real engines.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import psutil

from deploy.acceptance.cancel import say
from deploy.town import engines
from deploy.town.calls import CallRefused, Deadline, OutOfTime
from deploy.town.engines import EngineRefused, Engines
from deploy.town.engines.install import KAFKA_VERSION, mongod_program
from deploy.town.interruption import StopAsked, stoppable
from shared.problem import Busy
from tests.bench import (
    cancellation,
    completing,
    events,
    listing,
    mailing,
    ordering,
    previewing,
    programmes,
    public,
    registering,
    releasing,
    resting,
)
from tests.bench.crowd import bring, open_conference
from tests.bench.figures import Goal, Measurement
from tests.bench.processes import Peak
from tests.bench.running import Running, fresh_folder, running_town

NAMES = (
    "events",
    "mails",
    "programmes",
    "completing",
    "lists",
    "registering",
    "ordering",
    "public",
    "cancellation",
    "memory",
    "rest",
    "releasing",
    "preview",
)
SECONDS_MAX = (
    45 * 60.0
)  # for one town; most of it goes into the 30,000 mails of a crowd of 15,000, each a commit of its own
IDLE_MIB = Goal(figure=620, is_upper=True)


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Measure what is asked for; 1 when it could not be measured."""
    options = _options(arguments)
    names = options.names or NAMES
    try:
        with stoppable():
            for measurement in _measure(names, options, environment=environment):
                print(measurement.as_line(), flush=True)
    except StopAsked:
        say("Stopped, as asked. Not everything was measured.")
        return 1
    except (EngineRefused, OutOfTime, CallRefused, Busy, registering.NotAccepted, public.LostOnTheWay) as failure:
        say(f"{failure}\nNot everything was measured.")
        return 1
    print(json.dumps(_machine(environment)), flush=True)
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, and print lines of JSON.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; all when nothing is named")
    parser.add_argument("--mails", type=_count, default=mailing.MAIL_COUNT, help="how many mails are sent")
    parser.add_argument("--sizes", type=_sizes, default=None, help="of the conferences: 300,1500")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"{', '.join(sorted(unknown))}: there is {', '.join(NAMES)}; nothing was measured")
    return options


def _count(text: str) -> int:
    (count,) = _sizes(text.replace(",", "_"))
    return count


def _sizes(text: str) -> tuple[int, ...]:
    sizes = text.split(",")
    if not all(size.isascii() and size.isdecimal() and 0 < int(size) <= 1_000_000 for size in sizes):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of sizes such as 300,1500; nothing was measured")
    return tuple(map(int, sizes))


def _measure(
    names: Collection[str], options: argparse.Namespace, *, environment: Mapping[str, str]
) -> Iterator[Measurement]:
    if "events" in names:
        say("Measuring events ...")
        yield _on_engines(lambda started: events.measure(started, deadline=Deadline(SECONDS_MAX)))
    if "mails" in names:
        say(f"Measuring {options.mails:,} mails ...")
        deadline = Deadline(SECONDS_MAX)
        yield _on_engines(lambda started: mailing.measure(started, count=options.mails, deadline=deadline))
    if "programmes" in names:
        say("Measuring plans and repairs of programmes ...")
        yield from programmes.measure()
    if "completing" in names:
        say("Measuring the end of refund runs, and the finance desk beside them ...")
        yield from _stored(lambda environment: completing.measure(environment, options.sizes or completing.SIZES))
    if "lists" in names:
        say("Measuring the desks' lists and their files ...")
        yield from _stored(lambda environment: listing.measure(environment, options.sizes or (listing.SIZE,)))
    if {"registering", "ordering", "public", "cancellation", "memory", "rest"} & set(names):
        with running_town(environment, seconds_max=SECONDS_MAX) as town:
            yield from _in_town(town, names, options.sizes or cancellation.SIZES)
    if "releasing" in names:
        with running_town(environment, seconds_max=SECONDS_MAX) as town:
            yield from releasing.measure(town)
    if "preview" in names:
        say("Measuring how soon it is known what a cancellation would do ...")
        with running_town(environment, seconds_max=SECONDS_MAX) as town:
            yield from previewing.measure(options.sizes or previewing.SIZES, town=town)


def _on_engines(measure: Callable[[Engines], Measurement]) -> Measurement:
    with fresh_folder() as folder:
        started = engines.start(folder)
        try:
            return measure(started)
        finally:
            started.stop()


def _stored(measure: Callable[[Mapping[str, str]], Iterator[Measurement]]) -> Iterator[Measurement]:
    with fresh_folder() as folder:
        started = engines.start(folder)
        try:
            yield from measure(started.environment)
        finally:
            started.stop()


def _in_town(town: Running, names: Collection[str], sizes: Sequence[int]) -> Iterator[Measurement]:
    """One after the other, quiet in between."""
    town.rest()
    if "memory" in names:
        yield _memory("memory when idle", town.processes.memory_mib(), goal=IDLE_MIB)
    if "rest" in names:
        say("Measuring what a minute at rest costs ...")
        yield resting.measure(town)
    with Peak(town.processes) as peak:
        if "registering" in names:
            say("Measuring how fast registrations are accepted ...")
            yield from registering.measure(open_conference("registering", town=town), town=town)
        if "ordering" in names:
            say("Measuring what an order of ten people costs ...")
            yield from ordering.measure(open_conference("ordering", town=town), town=town)
        if "public" in names:
            say("Measuring the public way ...")
            yield from public.measure(open_conference("public", town=town), town=town)
        if "cancellation" in names:
            yield from _cancellations(sizes, town=town)
    if "memory" in names and peak.memory_mib:
        yield _memory("memory at its peak", peak.memory_mib)


def _cancellations(sizes: Sequence[int], *, town: Running) -> Iterator[Measurement]:
    done: list[cancellation.Cancelled] = []
    for size in sizes:
        say(f"Bringing {size:,} people into a conference ...")
        crowd = bring(open_conference(f"cancelled-{size}", town=town), count=size, town=town)
        town.rest()
        say("Measuring its cancellation ...")
        done.append(cancellation.cancel(crowd, town=town))
        yield done[-1].measurement()
    if len(done) > 1:
        yield cancellation.growth(done[0], done[-1])


def _memory(name: str, memory_mib: Mapping[str, float], *, goal: Goal | None = None) -> Measurement:
    return Measurement(
        name=name, figure=sum(memory_mib.values()), unit="MiB", goal=goal, more={"memory_mib": dict(memory_mib)}
    )


def _machine(environment: Mapping[str, str]) -> dict[str, object]:
    """What the figures were measured on, and how busy it was with other things."""
    given = [name for name in ("MONGO_URL", "KAFKA_BOOTSTRAP_SERVERS") if environment.get(name)]
    said = subprocess.run([mongod_program(), "--version"], capture_output=True, text=True, timeout=30, check=False)
    return {
        "machine": platform.machine(),
        "core_count": os.cpu_count(),
        "memory_mib": psutil.virtual_memory().total // 1024**2,
        "python": platform.python_version(),
        "mongod": said.stdout.partition("db version v")[2].partition("\n")[0],
        "kafka": KAFKA_VERSION,
        "engines_given": given,
        "load_average": psutil.getloadavg(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
