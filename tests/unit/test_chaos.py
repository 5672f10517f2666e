"""How kills are dealt out to a run, and whose processes are never killed."""

import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from deploy.acceptance import chaos
from deploy.acceptance.chaos import Chaos, ChaosRefused, Order
from deploy.town.calls import Deadline, OutOfTime
from deploy.town.engines.child import EngineChild
from deploy.town.programs import Program, of_module
from deploy.town.supervision import Watch
from deploy.town.town import BROKER, DATABASE
from shared.settings import SERVICES

SECONDS_MAX = 10.0
TWENTY = Order(service_kill_count=20, database_kill_count=2, broker_kill_count=2, seed=7)


def test_every_service_is_hit_as_often_as_any_other() -> None:
    targets = chaos._targets(TWENTY, Random(7))

    assert Counter(targets) == {**dict.fromkeys(SERVICES, 5), DATABASE: 2, BROKER: 2}


def test_the_same_seed_kills_the_same_processes_in_the_same_order() -> None:
    assert chaos._targets(TWENTY, Random(7)) == chaos._targets(TWENTY, Random(7))
    assert chaos._targets(TWENTY, Random(7)) != chaos._targets(TWENTY, Random(8))


@pytest.mark.parametrize("kill_count", [0, 1, 4, 24, 203])
def test_kills_are_spread_over_the_phases_and_none_is_lost(kill_count: int) -> None:
    targets = [str(number) for number in range(kill_count)]

    dealt = chaos._dealt(targets, phase_count=5)

    assert [target for phase in dealt for target in phase] == targets
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1


@pytest.mark.parametrize(
    ("order", "given", "theirs"),
    [
        (Order(database_kill_count=1), {"MONGO_URL": "mongodb://db"}, "the database"),
        (Order(broker_kill_count=1), {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}, "the broker"),
    ],
)
def test_an_engine_from_outside_is_never_killed(order: Order, given: dict[str, str], theirs: str) -> None:
    with pytest.raises(ChaosRefused, match=f"gives {theirs} from outside.*Nothing was started"):
        order.refuse_what_is_not_ours(given, is_town_given=False)


def test_services_on_engines_from_outside_may_be_killed() -> None:
    Order(service_kill_count=3).refuse_what_is_not_ours({"MONGO_URL": "mongodb://db"}, is_town_given=False)


def test_nothing_of_a_town_that_runs_elsewhere_is_killed() -> None:
    given = {"REGISTRATION_URL": "http://elsewhere", "MONGO_URL": "mongodb://db"}

    with pytest.raises(ChaosRefused, match="services and the database and the broker"):
        TWENTY.refuse_what_is_not_ours(given, is_town_given=True)


@dataclass
class Process:
    """Something that is started, and killed: no program, so that a kill costs nothing."""

    is_running: bool = True

    def start(self) -> None:
        self.is_running = True

    def kill(self) -> None:
        self.is_running = False


@pytest.fixture
def watches() -> Iterator[dict[str, Watch]]:
    """Every service, looked after."""
    made = {name: Watch(name, Process(), say=lambda _: None) for name in SERVICES}
    yield made
    for watch in made.values():
        watch.end()


def chaos_of(watches: dict[str, Watch], *, kill_count: int) -> Chaos:
    order = Order(service_kill_count=kill_count, seed=7)
    return Chaos(order, registration_count=1, watches=watches, deadline=Deadline(SECONDS_MAX), say=lambda _: None)


def fail_when(looked: threading.Event) -> None:
    assert looked.wait(SECONDS_MAX), "the killer did not begin"
    raise LookupError


def killers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "chaos"]


def test_a_phase_does_not_end_before_its_kills_have_happened(watches: dict[str, Watch]) -> None:
    chaos_now = chaos_of(watches, kill_count=5)

    for _ in range(5):
        with chaos_now.phase():
            pass

    assert (len(chaos_now.killed), chaos_now.is_over) == (5, True)


def test_when_a_phase_fails_nothing_is_killed_any_more(watches: dict[str, Watch]) -> None:
    chaos_now = chaos_of(watches, kill_count=10_000)

    with pytest.raises(LookupError, match="the block's own"), chaos_now.phase():
        raise LookupError("the block's own failure")

    assert killers() == []
    assert not chaos_now.is_over


class NeverUp:
    """A process that stays down, and knows whether somebody has looked since nobody looks after it."""

    def __init__(self) -> None:
        self.looked = threading.Event()

    @property
    def is_running(self) -> bool:
        self.looked.set()
        return False

    def start(self) -> None:
        """In vain."""

    def kill(self) -> None:
        """There is nothing to kill."""


def test_when_a_phase_fails_nobody_waits_for_a_process_to_be_up_so_that_it_can_be_killed() -> None:
    never_up = NeverUp()
    watch = Watch("never up", never_up, say=lambda _: None)
    watch.end()
    never_up.looked.clear()
    chaos_now = chaos_of(dict.fromkeys(SERVICES, watch), kill_count=5)

    with pytest.raises(LookupError), chaos_now.phase():
        fail_when(never_up.looked)

    assert killers() == []
    assert chaos_now.killed == []


class StuckInKill(NeverUp):
    """A process that is up, and whose kill does not come back."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    @property
    def is_running(self) -> bool:
        return True

    def kill(self) -> None:
        self.let_go.wait()


def test_a_phase_ends_with_its_deadline_though_a_kill_does_not_come_back() -> None:
    stuck = StuckInKill()
    watch = Watch("stuck", stuck, say=lambda _: None)
    order = Order(service_kill_count=5)
    short = Deadline(1.0)
    chaos_now = Chaos(order, registration_count=1, watches=dict.fromkeys(SERVICES, watch), deadline=short, say=print)

    refused = of_a_phase(chaos_now)

    stuck.let_go.set()
    watch.end()
    assert "still missing: the end of this phase's kills" in str(refused)


def of_a_phase(chaos_now: Chaos) -> OutOfTime | None:
    """What ended an empty phase; it is awaited from outside, since it may never end."""
    found: list[OutOfTime] = []

    def go_through() -> None:
        try:
            with chaos_now.phase():
                pass
        except OutOfTime as error:
            found.append(error)

    thread = threading.Thread(target=go_through, daemon=True)
    thread.start()
    thread.join(SECONDS_MAX)
    return found[0] if found else None


STAYS = (sys.executable, "-c", "import threading; threading.Event().wait()")


class QuickWatch:
    """In place of a child process: once it has been killed there is another in its place before the killer looks."""

    def __init__(self, started: Program | EngineChild, *, start: Callable[[], None]) -> None:
        self.first = started._process
        self.start = start

    def __getattr__(self, name: str) -> object:
        return getattr(self.first, name)

    def kill(self) -> None:
        assert self.first is not None
        self.first.kill()
        self.first.wait(SECONDS_MAX)
        self.start()

    def send_signal(self, _number: int) -> None:
        self.kill()


def part_that_stays(folder: Path) -> tuple[Program, Callable[[], None]]:
    (folder / "stays.py").write_text(STAYS[-1])
    part = Program(
        "a part", command=of_module("stays"), folder=folder, environment={"PYTHONPATH": str(folder)}, ready_url=""
    )
    return part, part.start


def engine_that_stays(folder: Path) -> tuple[EngineChild, Callable[[], None]]:
    child = EngineChild(engine="an engine", folder=folder)
    return child, lambda: child.run(STAYS)


@pytest.mark.parametrize("kind", [part_that_stays, engine_that_stays])
def test_a_kill_waits_for_whom_it_killed_and_never_for_its_successor(
    kind: Callable[[Path], tuple[Program | EngineChild, Callable[[], None]]], tmp_path: Path
) -> None:
    started, start = kind(tmp_path)
    start()
    started._process = QuickWatch(started, start=start)  # type: ignore[assignment]
    killing = threading.Thread(target=started.kill, daemon=True)

    killing.start()
    killing.join(SECONDS_MAX)

    was_waiting, goes_on, successor = killing.is_alive(), started.is_running, started._process
    assert successor is not None
    successor.kill()
    successor.wait(SECONDS_MAX)
    assert (was_waiting, goes_on) == (False, True)
