"""The map is true: all of the code is read, and what would make a printed sentence wrong is found."""

from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.catalogue.events import events_page
from deploy.catalogue.faults import faults
from deploy.catalogue.reading import Catalogue, modules_of, read_code
from shared.collection import Collection
from shared.contracts.envelope import Event
from shared.contracts.flow import acts, command, consumes, declaration, job
from shared.settings import SERVICES

ROOT = Path(__file__).parent.parent.parent


class Opened(Event):
    """The door is open."""

    service = "scheduling"
    key_field = "door"
    type = "reconvene.scheduling.opened.v1"
    why_unsaid = ""
    why_unheard = ""


@command(emits=[Opened])
def open_door() -> None:
    """Open the door."""


DOORS = Collection("doors", dict)


@command(starts=[DOORS])
def order_door() -> None:
    """Order a door."""


@acts(of=DOORS)
def saw() -> None:
    """Saws a door."""


@job(of=DOORS, emits=[Opened])
def hang() -> None:
    """The door is hung."""


@consumes(Opened, starts=[DOORS])
def ask_for_another() -> None:
    """Asks for another door."""


@consumes(Opened)
def walk_in() -> None:
    """Walks in."""


@consumes(Opened)
def look_up() -> None:
    """Looks up, and then decides whether to
    walk in."""


def house(*functions: Callable[..., None]) -> Catalogue:
    """A town in which one event may be said, and in which these functions are all there is."""
    declared = [each for function in functions if (each := declaration(function)) is not None]
    return Catalogue([Opened], {service: declared if service == "scheduling" else [] for service in SERVICES})


def test_nothing_in_the_code_makes_the_map_untrue() -> None:
    assert faults(read_code()) == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_module_of_a_service_is_read_but_for_programs_of_their_own(service: str) -> None:
    files = {path.relative_to(ROOT) for path in (ROOT / "services" / service).rglob("*.py")}
    programs = {path.parent for path in files if path.name == "__main__.py"} - {Path("services") / service}
    wanted = {
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in files
        if path.name != "__main__.py" and not any(program in path.parents for program in programs)
    }

    assert {module.__name__ for module in modules_of(f"services.{service}")} == wanted


def test_an_event_that_somebody_says_and_hears_is_fine() -> None:
    assert faults(house(open_door, walk_in)) == []


def test_an_event_that_nobody_says_is_a_fault_unless_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    (fault,) = faults(house(walk_in))

    assert fault.startswith("Opened is said by nobody")
    monkeypatch.setattr(Opened, "why_unsaid", "The door is not made yet.")
    assert faults(house(walk_in)) == []
    assert "| nobody: The door is not made yet. |" in events_page(house(walk_in))


def test_an_event_that_nobody_hears_is_a_fault_unless_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    (fault,) = faults(house(open_door))

    assert fault.startswith("Opened is heard by nobody")
    monkeypatch.setattr(Opened, "why_unheard", "It is for the record.")
    assert faults(house(open_door)) == []
    assert "| nobody: It is for the record. |" in events_page(house(open_door))


def test_a_reason_that_is_no_longer_so_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Opened, "why_unsaid", "The door is not made yet.")
    monkeypatch.setattr(Opened, "why_unheard", "It is for the record.")

    assert [fault.partition(",")[0] for fault in faults(house(open_door, walk_in))] == [
        "Opened is said",
        "Opened is heard",
    ]


def test_a_docstring_whose_first_line_breaks_off_is_a_fault() -> None:
    (fault,) = faults(house(open_door, look_up))

    assert fault.startswith("scheduling look_up: ")


def test_the_tree_of_an_event_shows_who_acts_and_who_records_what_came_of_it() -> None:
    page = events_page(house(open_door, ask_for_another, saw, hang))

    assert page.partition("### Opened")[2].splitlines()[3:] == [
        "- scheduling `ask_for_another`: Asks for another door.",
        "  - *later* `saw`: Saws a door.",
        "    - `hang`: The door is hung.",
        "      - **Opened** ↑",
    ]


def test_whoever_cancels_a_conference_is_shown_who_sends_the_refunds() -> None:
    page = events_page(read_code())

    tree = page.partition("### ConferenceCancelled")[2].partition("\n### ")[0]
    assert "*later* `RefundSender.act`: " in tree


def test_a_job_that_nobody_starts_is_a_fault() -> None:
    assert faults(house(open_door, walk_in, saw, hang)) == ["scheduling: nobody starts the jobs of doors."]


def test_a_job_that_nobody_records_is_a_fault() -> None:
    assert faults(house(open_door, walk_in, order_door, saw)) == [
        "scheduling: nobody records what came of the jobs of doors."
    ]
